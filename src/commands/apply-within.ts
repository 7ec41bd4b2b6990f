import { applyPlan } from '../apply/apply.ts';
import { gatherKnowledge } from '../apply/budget/knowledge.ts';
import { applyWithin } from '../apply/budget/within.ts';
import type { ApplyPorts, ApplyResult } from '../apply/types.ts';
import type { Progress } from '../core/progress.ts';
import { estimate } from '../plan/budget/estimate.ts';
import type { Estimate } from '../plan/budget/types.ts';
import type { HeadDigest, Plan, PlannedGroup } from '../plan/types.ts';
import { systemClock } from '../registry/clock.ts';
import type { RegistryClient } from '../registry/types.ts';
import type { Context } from './context.ts';
import { beginBudget, type Probe, type RunBudget } from './run-budget.ts';

/** What applying a plan within a budget needs besides the plan's ports. */
export interface WithinOptions {
  readonly run: RunBudget;
  /** The client for the source itself, and the namespace there. */
  readonly client: RegistryClient;
  readonly namespace: string;
  /** Asks the destination. */
  readonly head: HeadDigest;
  /** How long a run waits for pulls to come back, in milliseconds, in all. */
  readonly maxWaitMs: number;
}

/** An apply, and what its waiting groups will take. */
export interface AppliedWithin {
  readonly result: ApplyResult;
  readonly waits?: Estimate;
}

/** Applies a plan: within the budget where the source has a limit, else as fast as it goes. */
export async function applyPlanWithin(
  context: Context,
  plan: Plan,
  ports: ApplyPorts,
  { run, client, namespace, head, maxWaitMs }: WithinOptions,
  progress: Progress,
): Promise<AppliedWithin> {
  const probe = probeOf(plan.groups);
  const refresh = () => beginBudget(run, client, namespace, probe);
  if (probe !== undefined) await refresh();
  if (!run.allowance.isLimited()) return { result: await applyPlan(plan, ports, progress) };
  const knowledge = gatherKnowledge(run.store, head);
  const { allowance, store } = run;
  const awaitPulls = waitingForPulls(context, run, maxWaitMs);
  const within = { allowance, knowledge, store, order: run.budget.order, refresh, awaitPulls };
  const result = await applyWithin(plan, ports, within, progress);
  const waiting = new Set(result.waiting.map(({ image, digest }) => `${image}@${digest}`));
  const groups = plan.groups.filter(({ image, digest }) => waiting.has(`${image}@${digest}`));
  return { result, ...(groups.length === 0 ? {} : { waits: estimate(groups, knowledge) }) };
}

/** A manifest that the source has, and that is to be pulled; `undefined` where nothing is. */
export function probeOf(groups: readonly PlannedGroup[]): Probe | undefined {
  const first = groups.find(({ copy }) => copy);
  return first && { image: first.image, reference: first.index?.children[0]?.digest ?? first.digest };
}

const shortestWaitMs = 1_000;

/** Waits for pulls that come back soon; all waits of a run together are no longer than `maxWaitMs`. */
function waitingForPulls({ now, signal, debug }: Context, { allowance }: RunBudget, maxWaitMs: number) {
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
