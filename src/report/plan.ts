import { shortDigest } from '../changes/words.ts';
import type { Destination } from '../config/types.ts';
import { bytesText } from '../core/bytes.ts';
import { defined } from '../core/defined.ts';
import { durationText } from '../core/duration.ts';
import { ExitCode } from '../core/exit-code.ts';
import { groupBy } from '../core/group-by.ts';
import type { Problem } from '../core/problem.ts';
import { counted, legend, someOf } from '../core/words.ts';
import { placeParts } from '../core/written-place.ts';
import { pullsText } from '../plan/budget.ts';
import { countPlan } from '../plan/plan.ts';
import type { Plan, PlannedGroup, PlannedTag } from '../plan/types.ts';
import { unseenJson, unseenLines, unseenProblems } from '../runs/apply/look-at.ts';
import type { PlannedBudget, PlannedFor, PlanRun } from '../runs/plan.ts';
import type { Outcome } from '../session/context.ts';
import { destinationProblems, destinationText, failuresJson } from '../session/destinations.ts';
import { timeText } from './budget.ts';
import { summarizePlan } from './summary.ts';
import { summaryOf } from './summary-file.ts';

/**
 * The outcome of a plan. Exit code 1 where something could not be looked at, 3 where the lockfile holds tags that no rule
 * wants. For a matrix these are warnings: such an image is put into a job, since apply finds out; exit code 1 where no
 * destination was looked at.
 */
export function planOutcome(
  { plans, failures, unwanted, warnings: found, budget, matrix }: PlanRun,
  now: Date,
): Outcome {
  const isMatrix = matrix !== undefined;
  const warnings = [...(isMatrix ? unwanted.map(asWarning) : unwanted), ...found];
  const isStale = unwanted.length > 0 && !isMatrix;
  const isComplete = failures.length === 0 && plans.every(({ unseen }) => unseen.length === 0);
  const hasFailed = matrix === undefined ? !isComplete : plans.length === 0 && failures.length > 0;
  const unseen = [
    ...destinationProblems(failures, 'was not looked at'),
    ...plans.flatMap((entry) => unseenProblems(entry.destination, entry.unseen, 'not looked at')),
  ];
  const problems = [...warnings, ...(hasFailed ? unseen : unseen.map(asWarning))];
  const parts = [...plans.map(plannedText), ...(budget === undefined ? [] : [planBudgetText(budget, now).join('\n')])];
  return {
    exitCode: hasFailed ? ExitCode.failed : isStale ? ExitCode.stale : ExitCode.done,
    ...(matrix === undefined ? { text: parts.join('\n\n') } : matrixText(matrix)),
    json: {
      schema: 'mirrorlock/plan/v1',
      destinations: plans.map((entry) => ({ ...planJson(entry), ...unseenJson(entry.unseen) })),
      ...defined({ budget, matrix }),
      ...failuresJson(failures),
      warnings,
    },
    problems,
    summary: summaryOf((maxLength) => summarizePlan(plans.map(plannedAt), maxLength), problems),
  };
}

function matrixText(matrix: NonNullable<PlanRun['matrix']>): Pick<Outcome, 'text' | 'copied'> {
  const text = JSON.stringify(matrix);
  return { text, copied: { verbatim: [text] } };
}

const asWarning = (problem: Problem): Problem => ({ ...problem, severity: 'warning' });

function plannedText({ destination, plan, unseen }: PlannedFor): string {
  return [planText(destinationText(destination), plan), ...unseenLines(unseen, 'not looked at')].join('\n');
}

function plannedAt({ destination, plan }: { destination: Destination; plan: Plan }) {
  return { destination: destinationText(destination), plan };
}

/** One destination's plan as data; `replaces` is absent for a tag that is new there. */
function planJson({ destination, plan }: { destination: Destination; plan: Plan }): object {
  const { name } = destination;
  const { host: registry, namespace } = placeParts(destination);
  const groups = plan.groups.map(({ index: _, ...group }) => group);
  return { name, registry, namespace, counts: countPlan(plan), groups };
}

const shownTags = 8;

/** A plan for people: a line for each group with work, and the counts. */
function planText(destination: string, plan: Plan): string {
  const { copy, tag, unchanged } = countPlan(plan);
  const lines = [...groupBy(plan.groups, ({ image }) => image)].flatMap(([image, groups]) => [
    image,
    ...groups.map(groupLine),
  ]);
  const totals = `${counted(copy, 'group')} to copy (at least ${counted(copy, 'counted pull')}), ${counted(tag, 'tag')} to put, ${counted(unchanged, 'tag')} unchanged`;
  return [`${destination}: ${totals}`, ...lines, ...legendOf(plan)].join('\n');
}

/** What the marks above mean, those that are there. */
function legendOf({ groups }: Plan): string[] {
  const tags = groups.flatMap(({ put }) => put);
  return legend([
    ['copy', 'not there yet', groups.some(({ copy }) => copy)],
    ['tag', 'there, only its tags are put', groups.some(({ copy }) => !copy)],
    ['*', 'moves there', tags.some(({ replaces, broken }) => replaces !== undefined && !broken)],
    ['!', 'broken there', tags.some(({ broken }) => broken === true)],
  ]);
}

function groupLine({ digest, copy, put }: PlannedGroup): string {
  const names = someOf(put.map(tagText), shownTags);
  const broken = put.some((one) => one.broken) ? '  (! cannot be served there, and is put again)' : '';
  return `  ${copy ? 'copy' : 'tag '}  ${shortDigest(digest)}  ${names}${broken}`;
}

/** A tag that moves is marked by `*`, one that is broken by `!`. */
function tagText({ tag, replaces, broken }: PlannedTag): string {
  if (broken) return `${tag}!`;
  return replaces === undefined ? tag : `${tag}*`;
}

/** What a plan will take of a source that counts pulls, in words. */
function planBudgetText(budget: PlannedBudget | undefined, now: Date): string[] {
  if (budget === undefined) return [];
  const { limit, left, window, pulls, bytes, windows, doneAt } = budget;
  const { known, unknownManifests } = bytes;
  const size = known === 0 ? [] : [`Known to be copied: ${bytesText(known)}`];
  const rest =
    size.length > 0 && unknownManifests > 0
      ? [`${size[0]}, and the blobs of ${counted(unknownManifests, 'manifest')} not read yet.`]
      : size;
  const when =
    windows <= 1
      ? 'all in this run'
      : `${pulls.exact ? '' : 'about '}${windows} windows, done about ${timeText(doneAt, now)}`;
  return [
    `Budget of the source: ${pullsText(pulls)}; ${left} of ${limit} in ${durationText(window * 1_000)} are left: ${when}.`,
    ...rest,
  ];
}
