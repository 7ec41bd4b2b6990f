import { budgetOrder, type GroupCost, groupCost, usualCost } from '../../plan/budget.ts';
import type { Plan, PlannedGroup } from '../../plan/types.ts';
import { groupKey, type Scheduler } from '../apply.ts';
import type { ManifestStore } from '../source/disk-store.ts';
import type { RunAllowance } from './allowance.ts';
import type { Participant, RefillPolicy } from './coordinator.ts';
import type { GrowingKnowledge } from './known-manifests.ts';

/** What applying within a budget needs besides the ports. */
interface BudgetPorts extends RefillPolicy {
  readonly allowance: RunAllowance;
  readonly knowledge: GrowingKnowledge;
  readonly store: ManifestStore;
  /** Images that go first. */
  readonly order: readonly { matches(image: string): boolean }[];
  /** Of those that use the allowance at the same time. */
  readonly participant: Pick<Participant, 'pulled' | 'waitForOthers'>;
}

/** So many groups at once keep registries busy; of each, its manifests are in memory. */
const usualAtOnce = 32;
/** A run that reaches a pull limit must have something to show for its pulls: few indexes are read at once. */
const carefulAtOnce = 4;

/** Applies all groups at once. @param isLimited whether the source has a pull limit, of which no budget keeps count */
export function unlimitedScheduler(isLimited: boolean): Scheduler {
  let isBegun = false;
  return {
    title: 'Applying',
    atOnce: isLimited ? carefulAtOnce : usualAtOnce,
    async next(pending) {
      const batch = isBegun ? [] : pending;
      isBegun = true;
      return batch;
    },
    async ended() {},
  };
}

/**
 * Keeps to a budget: groups in the order of {@link budgetOrder}, as many at once as surely fit, so that pulls go into groups
 * that are done. Where none fits, the next is begun in part: what is pulled stays, at the destination and in the store, and
 * no later run pulls it again. It ends when pulls are used up, and the other participants have none for it either.
 */
export function limitedScheduler(plan: Plan, budget: BudgetPorts): Scheduler {
  const { allowance, knowledge, store, participant } = budget;
  let isBegun = false;
  let isStuck = false;
  let usedBefore = 0;

  const choose = (pending: readonly PlannedGroup[]): PlannedGroup[] => {
    const usual = usualCost(plan.groups, knowledge);
    const costOf = (group: PlannedGroup) => groupCost(group, knowledge, usual);
    const ordered = budgetOrder(pending, budget.order, (group) => costOf(group).expected);
    return chooseBatch(ordered, allowance.left(), costOf);
  };

  return {
    title: 'Applying within the budget',
    atOnce: Number.POSITIVE_INFINITY,
    async next(pending) {
      if (!isBegun) await knowledge.learn(plan.groups);
      isBegun = true;
      while (pending.length > 0) {
        const batch = isStuck ? [] : choose(pending);
        usedBefore = allowance.used();
        isStuck = false;
        if (batch.length > 0) return batch;
        const turn = await participant.waitForOthers(budget);
        if (turn === 'end') return [];
        if (turn === 'retry') await knowledge.learn(pending);
      }
      return [];
    },
    async ended(batch, { waiting, failures }) {
      const left = new Set(waiting.map(groupKey));
      const failed = new Set(failures.map(groupKey));
      for (const group of batch.filter((one) => !left.has(groupKey(one)) && !failed.has(groupKey(one)))) {
        await store.forget([group.digest, ...(knowledge.children(group) ?? [])]);
        knowledge.arrived(group);
      }
      await knowledge.learn(batch.filter((group) => left.has(groupKey(group))));
      const hasPulled = allowance.used() > usedBefore;
      if (hasPulled) participant.pulled();
      isStuck = left.size === batch.length && !hasPulled;
    },
  };
}

/** Enough to keep the copy processes busy; few enough that a run that ends has not begun much. */
const mostAtOnce = 16;

/**
 * The groups to apply next, at once: in their order, all that fit together into what is left; where none fits, only the
 * first, to be begun in part. Indexes that nobody has read go together only as far as what they usually take fits. Nothing where nothing is left and each takes something. Pure.
 */
export function chooseBatch(
  groups: readonly PlannedGroup[],
  left: number,
  costOf: (group: PlannedGroup) => GroupCost,
): PlannedGroup[] {
  const batch: PlannedGroup[] = [];
  let rest = left;
  for (const group of groups) {
    const { expected } = costOf(group);
    if (expected > rest) continue;
    batch.push(group);
    rest -= expected;
    if (batch.length >= mostAtOnce) break;
  }
  const [first] = groups;
  return batch.length === 0 && left >= 1 && first !== undefined ? [first] : batch;
}
