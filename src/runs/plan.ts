import { gatherKnowledge } from '../apply/limit/known-manifests.ts';
import type { Destination, Source } from '../config/types.ts';
import type { Problem } from '../core/problem.ts';
import type { LockedImage } from '../lock/types.ts';
import { type Estimate, estimate, type Forecast, forecast, type PullsJson, sumEstimates } from '../plan/budget.ts';
import { imageWork, matrixJson, shareOut } from '../plan/matrix.ts';
import { makePlan } from '../plan/plan.ts';
import type { HeadDigest, Plan } from '../plan/types.ts';
import { openClient, withClient } from '../session/clients.ts';
import type { Context } from '../session/context.ts';
import { atEach, chooseDestinations, type DestinationFailure } from '../session/destinations.ts';
import { lockfileAt } from '../session/locked.ts';
import { headDigest, type Target, targetImages } from '../session/selection.ts';
import { type BudgetChoice, beginBudget, openBudget, type RunBudget } from '../session/source-session.ts';
import { openConfig } from '../session/workspace.ts';
import { lookAt, type Unseen } from './apply/look-at.ts';
import { probeOf } from './apply/within.ts';

export interface PlanOptions extends Target, BudgetChoice {
  /** Print the matrix of a workflow in place of the plan, of at most so many jobs (absent: `ci.jobs`, or as many as are usual). */
  readonly matrix?: { readonly jobs?: number };
}

/** Whether apply would change anything at a destination. */
export function hasWork({ plans }: Pick<PlanRun, 'plans'>): boolean {
  return plans.some(({ plan }) => plan.groups.length > 0);
}

/** How many jobs a matrix has at most, by default. */
const usualJobs = 8;

/** What is to be done at a destination, and the images there that could not be looked at. */
export interface PlannedFor {
  readonly destination: Destination;
  readonly plan: Plan;
  readonly unseen: readonly Unseen[];
}

/** What apply would do. */
export interface PlanRun {
  readonly plans: readonly PlannedFor[];
  readonly failures: readonly DestinationFailure[];
  /** That the lockfile holds tags that no rule wants: apply does not put them. */
  readonly unwanted: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Absent where the source has no limit, or a matrix was asked for. */
  readonly budget: PlannedBudget | undefined;
  /** The matrix of a workflow; absent where a plan was asked for. */
  readonly matrix?: ReturnType<typeof matrixJson>;
}

/** Looks at each destination, and plans. Unreachable destinations are reported and skipped. Throws as `lockfileAt` and `chooseDestinations` do. */
export async function runPlan(context: Context, target: PlanOptions): Promise<PlanRun> {
  const config = await openConfig(context);
  const { wanted, unwanted, warnings: stale } = await lockfileAt(context, config, target.at);
  const destinations = chooseDestinations(config, target.destinations);
  const images = targetImages(wanted, target);
  const { done, failures } = await atEach(destinations, (destination) => planAt(context, destination, images));
  const plans = done.map(({ destination, value }) => ({ destination, ...value }));
  const tellsBudget = target.matrix === undefined && plans.length > 0;
  const budget = tellsBudget ? await budgetFor(context, config.source, target, plans) : undefined;
  const jobs = target.matrix?.jobs ?? config.ci?.jobs ?? usualJobs;
  const common = { plans, failures, unwanted, warnings: [...config.warnings, ...stale], budget };
  return target.matrix === undefined ? common : { ...common, matrix: matrixOf(plans, images, jobs) };
}

/** Looks at one destination and plans for it. */
function planAt(context: Context, destination: Destination, images: readonly LockedImage[]) {
  return withClient(context, destination, async (client) => {
    const { states, unseen } = await lookAt(client, destination, images, context.progress);
    return { plan: makePlan(states), unseen };
  });
}

async function budgetFor(
  context: Context,
  source: Source,
  { budget: pulls }: BudgetChoice,
  plans: readonly { readonly destination: Destination; readonly plan: Plan }[],
): Promise<PlannedBudget | undefined> {
  const run = await openBudget(context, source, { pulls });
  await askLimit(
    context,
    source,
    run,
    plans.map((entry) => entry.plan),
  );
  if (!run.allowance.isLimited()) return undefined;
  const estimates = await Promise.all(
    plans.map(({ destination, plan }) =>
      withClient(context, destination, (client) => estimateAt(run, plan, headDigest(client, destination.namespace))),
    ),
  );
  return planBudget(run, estimates, context.now());
}

function matrixOf(plans: readonly PlannedFor[], images: readonly LockedImage[], jobs: number) {
  const unseen = plans.flatMap((entry) => entry.unseen.map(({ image }) => image));
  const locked = unseen.flatMap((name) => images.filter(({ image }) => image === name));
  const work = imageWork(
    plans.map((entry) => entry.plan),
    locked,
  );
  return matrixJson(shareOut(work, jobs));
}

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
async function askLimit(context: Context, source: Source, run: RunBudget, plans: readonly Plan[]): Promise<void> {
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
async function estimateAt({ store }: RunBudget, plan: Plan, head: HeadDigest): Promise<Estimate> {
  const knowledge = gatherKnowledge(store, head);
  await knowledge.learn(plan.groups);
  return estimate(plan.groups, knowledge);
}

/** What all plans take together, and how long it will be; `undefined` where the source has no limit. */
async function planBudget(
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
