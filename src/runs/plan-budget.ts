import { gatherKnowledge } from '../apply/limit/known-manifests.ts';
import type { Source } from '../config/types.ts';
import { type Estimate, estimate, type Forecast, forecast, type PullsJson, sumEstimates } from '../plan/budget.ts';
import type { HeadDigest, Plan } from '../plan/types.ts';
import { openClient } from '../session/clients.ts';
import type { Context } from '../session/context.ts';
import { beginBudget, type RunBudget } from '../session/source-session.ts';
import { probeOf } from './apply/within.ts';

/** What a plan will take of a source that counts pulls. */
export interface PlannedBudget {
  readonly limit: number;
  readonly left: number;
  /** Seconds. */
  readonly window: number;
  readonly pulls: PullsJson;
  /** Bytes of the distinct blobs of the manifests that are known here, and how many manifests are not. */
  readonly bytes: Estimate['bytes'];
  readonly windows: number;
  /** ISO 8601. */
  readonly doneAt: string;
}

/** Asks the source by one HEAD for its limit, where anything is to be pulled. */
export async function askLimit(
  context: Context,
  source: Source,
  run: RunBudget,
  plans: readonly Plan[],
): Promise<void> {
  const probe = probeOf(plans.flatMap(({ groups }) => groups));
  if (probe === undefined || run.budget.pulls === 'unlimited') return;
  const client = openClient(context, source);
  try {
    await beginBudget(run, client, source.namespace, probe);
  } finally {
    await client.close();
  }
}

/** What a plan takes at one destination, which is asked by HEAD for the children that are known. */
export async function estimateAt({ store }: RunBudget, plan: Plan, head: HeadDigest): Promise<Estimate> {
  const knowledge = gatherKnowledge(store, head);
  await knowledge.learn(plan.groups);
  return estimate(plan.groups, knowledge);
}

/** What all plans take together, and how long it will be; `undefined` where the source has no limit. */
export async function planBudget(
  { allowance }: RunBudget,
  estimates: readonly Estimate[],
  now: Date,
): Promise<PlannedBudget | undefined> {
  if (!allowance.isLimited()) return undefined;
  const state = await allowance.state();
  const pulls = sumEstimates(estimates);
  const { windows, doneAt }: Forecast = forecast(pulls.expected, state, now.getTime());
  return {
    limit: state.limit,
    left: state.left,
    window: state.windowMs / 1_000,
    pulls,
    bytes: {
      known: estimates.reduce((sum, { bytes }) => sum + bytes.known, 0),
      unknownManifests: estimates.reduce((sum, { bytes }) => sum + bytes.unknownManifests, 0),
    },
    windows,
    doneAt: new Date(doneAt).toISOString(),
  };
}
