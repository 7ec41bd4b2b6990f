import { applyPlan } from '../../apply/apply.ts';
import { hasPullLimit } from '../../apply/limit/allowance.ts';
import type { Coordinator, Participant, RefillPolicy } from '../../apply/limit/coordinator.ts';
import { gatherKnowledge } from '../../apply/limit/known-manifests.ts';
import { limitedScheduler, unlimitedScheduler } from '../../apply/limit/scheduler.ts';
import type { ApplyPorts, ApplyResult } from '../../apply/types.ts';
import { attempt } from '../../core/attempt.ts';
import type { Progress } from '../../core/progress.ts';
import { systemClock } from '../../http/clock.ts';
import { type Estimate, estimate, takesPulls } from '../../plan/budget.ts';
import type { HeadDigest, Plan, PlannedGroup } from '../../plan/types.ts';
import type { RegistryClient } from '../../registry/types.ts';
import type { Context } from '../../session/context.ts';
import { beginBudget, type Probe, type RunBudget } from '../../session/source-session.ts';

/** What applying a plan within a budget needs besides the plan's ports. */
export interface WithinOptions {
  readonly run: RunBudget;
  /** The client for the source itself, and the namespace there. */
  readonly client: RegistryClient;
  readonly namespace: string;
  /** Asks the destination. */
  readonly head: HeadDigest;
  /** Those that use the allowance at the same time. */
  readonly coordinator: Coordinator;
  /** Waits for pulls that come back soon: see {@link waitingForPulls}. */
  readonly awaitPulls: RefillPolicy['wait'];
}

/** An apply, and what its waiting groups will take. */
export interface AppliedWithin {
  readonly result: ApplyResult;
  readonly waits?: Estimate;
}

/** Applies a plan: within the budget where the source has a limit, else as fast as it goes. */
export async function applyPlanWithin(
  plan: Plan,
  ports: ApplyPorts,
  options: WithinOptions,
  progress: Progress,
): Promise<AppliedWithin> {
  const { run, client, namespace, coordinator } = options;
  const probe = probeOf(plan.groups);
  // What only wants tags pulls nothing, and waits for nobody.
  if (probe === undefined) return { result: await applyPlan(plan, ports, unlimitedScheduler(false), progress) };
  const begin = () => beginBudget(run, client, namespace, probe);
  const participant = await coordinator.join(begin);
  try {
    if (!run.allowance.isLimited()) {
      const hasLimit = await hasPullLimit(plan, ports.source);
      return { result: await applyPlan(plan, ports, unlimitedScheduler(hasLimit), progress) };
    }
    return await applyLimited(plan, ports, { ...options, begin, participant }, progress);
  } finally {
    participant.leave();
  }
}

async function applyLimited(
  plan: Plan,
  ports: ApplyPorts,
  {
    run,
    head,
    awaitPulls,
    begin,
    participant,
  }: WithinOptions & { begin: () => Promise<void>; participant: Participant },
  progress: Progress,
): Promise<AppliedWithin> {
  const { allowance, store } = run;
  const knowledge = gatherKnowledge(store, asFarAsTold(head));
  const renew = async () => {
    const before = allowance.left();
    await begin();
    return allowance.left() > before;
  };
  const within = { allowance, knowledge, store, order: run.budget.order, participant, renew, wait: awaitPulls };
  const result = await applyPlan(plan, ports, limitedScheduler(plan, within), progress);
  const waiting = new Set(result.waiting.map(({ image, digest }) => `${image}@${digest}`));
  const groups = plan.groups.filter(({ image, digest }) => waiting.has(`${image}@${digest}`));
  return { result, ...(groups.length === 0 ? {} : { waits: estimate(groups, knowledge) }) };
}

/** What a destination does not tell counts as absent: when the group is applied, it says why. */
function asFarAsTold(head: HeadDigest): HeadDigest {
  return async (image, reference) => {
    const asked = await attempt(() => head(image, reference));
    return asked.ok ? asked.value : undefined;
  };
}

/** A manifest that the source has, and that is to be pulled; `undefined` where nothing is. */
export function probeOf(groups: readonly PlannedGroup[]): Probe | undefined {
  const first = groups.find(takesPulls);
  return first && { image: first.image, reference: first.index?.children[0]?.digest ?? first.digest };
}

const shortestWaitMs = 1_000;

/** Waits for pulls that come back soon; all waits of a run together are no longer than `maxWaitMs`. */
export function waitingForPulls(
  { now, signal, debug }: Context,
  { allowance }: RunBudget,
  maxWaitMs: number,
): RefillPolicy['wait'] {
  let rest = maxWaitMs;
  return async (): Promise<boolean> => {
    const { freeAt } = await allowance.state();
    const wait = freeAt === undefined ? Number.POSITIVE_INFINITY : Math.max(shortestWaitMs, freeAt - now().getTime());
    if (wait > rest) return false;
    rest -= wait;
    debug(`waiting ${Math.ceil(wait / 1_000)} s for pulls to come back`);
    await systemClock.sleep(wait, signal);
    return true;
  };
}
