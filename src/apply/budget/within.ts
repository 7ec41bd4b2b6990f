import { groupBy } from '../../core/group-by.ts';
import { noProgress, type Progress } from '../../core/progress.ts';
import { groupCost, usualCost } from '../../plan/budget/estimate.ts';
import { budgetOrder } from '../../plan/budget/order.ts';
import type { Plan, PlannedGroup } from '../../plan/types.ts';
import { applyGroups } from '../apply-groups.ts';
import { sumResults } from '../apply-image.ts';
import { usedUp } from '../gateway/pull-gate.ts';
import { type ApplyPorts, type ApplyResult, budgetCode, type GroupFailure, type WorkResult } from '../types.ts';
import type { RunAllowance } from './allowance.ts';
import { chooseBatch } from './choose-batch.ts';
import type { Member, Ways } from './company.ts';
import type { GrowingKnowledge } from './knowledge.ts';
import type { ManifestStore } from './manifest-store.ts';

/** What applying within a budget needs besides the ports. */
export interface BudgetPorts extends Ways {
  readonly allowance: RunAllowance;
  readonly knowledge: GrowingKnowledge;
  readonly store: ManifestStore;
  /** Images that go first. */
  readonly order: readonly { matches(image: string): boolean }[];
  /** Of those that use the allowance at the same time. */
  readonly member: Pick<Member, 'pulled' | 'stuck'>;
}

/**
 * Carries out a plan within a budget: groups in the order of {@link budgetOrder}, as many at once as surely fit, so that
 * pulls go into groups that are done. Where none fits, the next is begun in part: what is pulled stays, at the destination
 * and in the store, and no later run pulls it again. What is left when pulls are used up, and the other members have none
 * for it either, waits (`waiting` of the result).
 */
export async function applyWithin(
  plan: Plan,
  ports: ApplyPorts,
  budget: BudgetPorts,
  progress: Progress = noProgress,
): Promise<ApplyResult> {
  const { allowance, knowledge, store, member } = budget;
  const task = progress.start('Applying within the budget', plan.groups.length);
  await knowledge.learn(plan.groups);
  const results: WorkResult[] = [];
  let pending: PlannedGroup[] = [...plan.groups];

  const run = async (batch: readonly PlannedGroup[]): Promise<boolean> => {
    const before = allowance.used();
    const byImage = [...groupBy(batch, ({ image }) => image)];
    const done = sumResults(await Promise.all(byImage.map(([image, own]) => applyGroups(image, own, ports, false))));
    const waiting = new Set(done.waiting.map(keyOf));
    const failed = new Set(done.failures.map(keyOf));
    const arrived = batch.filter((group) => !waiting.has(keyOf(group)) && !failed.has(keyOf(group)));
    for (const group of arrived) {
      await store.forget([group.digest, ...(knowledge.children(group) ?? [])]);
      knowledge.arrived(group);
    }
    await knowledge.learn(batch.filter((group) => waiting.has(keyOf(group))));
    pending = pending.filter((group) => !batch.includes(group) || waiting.has(keyOf(group)));
    results.push({ ...done, waiting: [] });
    task.advance(batch.length - waiting.size, batch.at(-1)?.image);
    const hasPulled = allowance.used() > before;
    if (hasPulled) member.pulled();
    return waiting.size < batch.length || hasPulled;
  };

  while (pending.length > 0) {
    const usual = usualCost(plan.groups, knowledge);
    const expected = (group: PlannedGroup) => groupCost(group, knowledge, usual).expected;
    pending = budgetOrder(pending, budget.order, expected);
    const batch = chooseBatch(pending, allowance.left(), (group) => groupCost(group, knowledge, usual));
    const progressed = batch.length > 0 && (await run(batch));
    if (progressed) continue;
    const turn = await member.stuck(budget);
    if (turn === 'end') break;
    if (turn === 'news') await knowledge.learn(pending);
  }
  task.end();
  const waiting = pending.map(waitingGroup);
  return { ...sumResults(results), waiting, unchanged: plan.unchanged };
}

function keyOf({ image, digest }: Pick<PlannedGroup, 'image' | 'digest'>): string {
  return `${image}@${digest}`;
}

function waitingGroup({ image, digest, put }: PlannedGroup): GroupFailure {
  const [problem] = usedUp().problems;
  if (problem?.code !== budgetCode) throw new Error('what waits has no reason');
  return { image, digest, tags: put.map(({ tag }) => tag), problem };
}
