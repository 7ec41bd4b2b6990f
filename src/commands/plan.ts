import type { Destination, Source } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import type { LockedImage } from '../lock/types.ts';
import { imageWork, matrixJson, shareOut } from '../plan/matrix.ts';
import { countPlan, makePlan } from '../plan/plan.ts';
import type { Plan } from '../plan/types.ts';
import { planBudgetText, planText } from '../report/plan.ts';
import { summarizePlan } from '../report/summary.ts';
import { summaryOf } from '../report/summary-file.ts';
import { lookAt, type Unseen, unseenJson, unseenLines, unseenProblems } from '../runs/apply/look-at.ts';
import { askLimit, estimateAt, type PlannedBudget, planBudget } from '../runs/plan-budget.ts';
import { withClient } from '../session/clients.ts';
import type { Context, Outcome } from '../session/context.ts';
import {
  atEach,
  chooseDestinations,
  destinationProblems,
  destinationText,
  failuresJson,
} from '../session/destinations.ts';
import { openLocked } from '../session/mirror-repository.ts';
import { headDigest, type Target, targetImages } from '../session/selection.ts';
import { type BudgetChoice, openBudget } from '../session/source-session.ts';
import { openConfig } from '../session/workspace.ts';

export interface PlanOptions extends Target, BudgetChoice {
  /** Print the matrix of a workflow in place of the plan, of at most so many jobs (absent: `ci.jobs`, or as many as are usual). */
  readonly matrix?: { readonly jobs?: number };
}

/** How many jobs a matrix has at most, where nobody said. */
const usualJobs = 8;

/** What is to be done at a destination, and the images there that could not be looked at. */
interface PlannedFor {
  readonly destination: Destination;
  readonly plan: Plan;
  readonly unseen: readonly Unseen[];
}

/**
 * Shows what apply would do at each destination. Asks destinations by HEAD, and the source by one HEAD for its pull limit.
 * Unreachable destinations and images are reported and skipped: exit code 1. For a matrix it is a
 * warning: such an image is put into a job, since apply finds out; exit code 1 where no destination was looked at.
 */
export async function plan(context: Context, target: PlanOptions): Promise<Outcome> {
  const config = await openConfig(context);
  const { lockfile, warnings: stale } = await openLocked(context, config, target.at);
  const destinations = chooseDestinations(config, target.destinations);
  const images = targetImages(lockfile, target);
  const { done, failures } = await atEach(destinations, (destination) => planAt(context, destination, images));
  const plans = done.map(({ destination, value }) => ({ destination, ...value }));
  const isComplete = failures.length === 0 && plans.every(({ unseen }) => unseen.length === 0);
  const hasFailed = target.matrix === undefined ? !isComplete : plans.length === 0 && failures.length > 0;
  const warnings = [...config.warnings, ...stale];
  const unseen = [
    ...destinationProblems(failures, 'was not looked at'),
    ...plans.flatMap((entry) => unseenProblems(entry.destination, entry.unseen, 'not looked at')),
  ];
  const problems = [...warnings, ...(hasFailed ? unseen : unseen.map(asWarning))];
  const tellsBudget = target.matrix === undefined && plans.length > 0;
  const budget = tellsBudget ? await budgetFor(context, config.source, target, plans) : undefined;
  const jobs = target.matrix?.jobs ?? config.ci?.jobs ?? usualJobs;
  const matrix = target.matrix === undefined ? {} : { matrix: matrixOf(plans, images, jobs) };
  const parts = [
    ...plans.map(plannedText),
    ...(budget === undefined ? [] : [planBudgetText(budget, context.now()).join('\n')]),
  ];
  return {
    exitCode: hasFailed ? ExitCode.failed : ExitCode.done,
    text: matrix.matrix === undefined ? parts.join('\n\n') : JSON.stringify(matrix.matrix),
    json: {
      schema: 'mirrorlock/plan/v1',
      destinations: plans.map((entry) => ({ ...planJson(entry), ...unseenJson(entry.unseen) })),
      ...(budget === undefined ? {} : { budget }),
      ...matrix,
      ...failuresJson(failures),
      warnings,
    },
    problems,
    summary: summaryOf((maxLength) => summarizePlan(plans.map(plannedAt), maxLength), problems),
  };
}

const asWarning = (problem: Problem): Problem => ({ ...problem, severity: 'warning' });

function plannedText({ destination, plan, unseen }: PlannedFor): string {
  return [planText(destinationText(destination), plan), ...unseenLines(unseen, 'not looked at')].join('\n');
}

function plannedAt({ destination, plan }: { destination: Destination; plan: Plan }) {
  return { destination: destinationText(destination), plan };
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

/** One destination's plan as data; `replaces` is absent for a tag that is new there. */
export function planJson({ destination, plan }: { destination: Destination; plan: Plan }): object {
  const { name, registry, namespace } = destination;
  const groups = plan.groups.map(({ index: _, ...group }) => group);
  return { name, registry: registry.host, namespace, counts: countPlan(plan), groups };
}
