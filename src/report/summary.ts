import type { ApplyResult, GroupFailure } from '../apply/types.ts';
import type { Changes } from '../changes/changes.ts';
import { tagList } from '../changes/diff-markdown.ts';
import { changesHeadline, changesSections } from '../changes/markdown.ts';
import { shortDigest } from '../changes/words.ts';
import { byCause } from '../core/causes.ts';
import { groupBy } from '../core/group-by.ts';
import { counted, fold, list, table } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { type Markdown, md } from '../core/markdown/markdown.ts';
import { problemText } from '../core/markdown/problem.ts';
import type { Problem } from '../core/problem.ts';
import { countPlan } from '../plan/plan.ts';
import type { Plan, PlannedGroup } from '../plan/types.ts';
import { type Part, summary } from '../review/fit.ts';
import type { AppliedChanges } from '../runs/apply/applied-changes.ts';

/** What an apply would do at each destination, as Markdown for a CI summary of at most `maxLength` characters. */
export function summarizePlan(plans: readonly PlannedAt[], maxLength?: number): Markdown {
  return summary(plans.flatMap(planParts), maxLength);
}

/** What an apply did at each destination, its failures first, and what it brought. As {@link summarizePlan}. */
export function summarizeApply(applied: readonly AppliedAt[], maxLength?: number, brought?: AppliedChanges): Markdown {
  return summary([...applied.flatMap(applyParts), ...(brought === undefined ? [] : broughtParts(brought))], maxLength);
}

/** What an update did, and what its pull request changes. As {@link summarizePlan}. */
export function summarizeUpdate(says: string, changes: Changes | undefined, maxLength?: number): Markdown {
  const outcome = { name: 'the outcome', content: prose(says) };
  return summary([outcome, ...(changes === undefined ? [] : changesParts(changes))], maxLength);
}

/** The title of changes, and their sections. */
function changesParts(changes: Changes): Part[] {
  return [{ name: 'the title', content: changesHeadline(changes) }, ...changesSections(changes)];
}

function broughtParts({ since, changes }: AppliedChanges): Part[] {
  return [{ name: 'what it brought', content: md`### Applied since ${code(since)}` }, ...changesParts(changes)];
}

/** Whether configuration, lockfile and rendered files are valid and current, and each problem. As {@link summarizePlan}. */
export function summarizeCheck(checked: Checked, maxLength?: number): Markdown {
  return summary(checkParts(checked), maxLength);
}

/** What an apply did at a destination, and the counted pulls that it took. */
interface AppliedAt {
  readonly destination: string;
  readonly result: ApplyResult;
  readonly countedPulls: number;
}

const failuresInTable = 50;
const shownTags = 20;

/** The counts, and tables of the groups that failed and of those that wait for a later run. */
function applyParts({ destination, result, countedPulls }: AppliedAt): Part[] {
  const { copied, tagged, unchanged, failures, waiting } = result;
  const failed = failures.length > 0 ? md`, **${counted(failures.length, 'group')} failed**` : md``;
  const later = waiting.length > 0 ? md`, ${counted(waiting.length, 'group')} for a later run` : md``;
  const done = md`${counted(copied, 'group')} copied, ${counted(tagged, 'tag')} put, ${unchanged} unchanged${failed}${later} (${counted(countedPulls, 'counted pull')}).`;
  return [
    { name: destination, content: md`### Applied to ${code(destination)}\n\n${done}` },
    ...groupParts('failures', md`failed image`, failures),
    ...groupParts('waiting', md`waiting image`, waiting),
  ];
}

/** A cause of several groups is reported once, above a table of them; the others stand in one table, each with its own. */
function groupParts(name: string, head: Markdown, groups: readonly GroupFailure[]): Part[] {
  const causes = byCause(groups, ({ problem, image, tags }) => ({ problem, names: [image], tags }));
  const shared = causes.filter(({ stopped }) => stopped.length > 1);
  const single = causes.filter(({ stopped }) => stopped.length === 1).flatMap(({ stopped }) => stopped);
  return [
    ...shared.flatMap(({ problem, stopped }) =>
      chunks(stopped, failuresInTable).map((own, nth) => ({
        name,
        content: nth === 0 ? md`${causeText(problem, stopped)}\n\n${groupTable(head, own)}` : groupTable(head, own),
      })),
    ),
    ...chunks(single, failuresInTable).map((own) => ({ name, content: groupTable(head, own, true) })),
  ];
}

function causeText(problem: Problem, stopped: readonly GroupFailure[]): Markdown {
  const images = new Set(stopped.map(({ image }) => image)).size;
  return md`**${counted(stopped.length, 'group')} of ${counted(images, 'image')}:** ${problemText(problem)}`;
}

function groupTable(head: Markdown, groups: readonly GroupFailure[], saysWhy = false): Markdown {
  const rows = groups.map(({ image, digest, tags, problem }) => [
    code(image),
    code(shortDigest(digest)),
    tagList(tags, shownTags),
    ...(saysWhy ? [problemText(problem)] : []),
  ]);
  return table([head, md`digest`, md`tags not put`, ...(saysWhy ? [md`why`] : [])], rows);
}

/** What a check found: errors and warnings, and whether all is current. */
interface Checked {
  readonly isCurrent: boolean;
  readonly problems: readonly Problem[];
  /** Those that a reviewer does well to look at first. */
  readonly first?: readonly Problem[];
  /** What the change is; absent: there is none. */
  readonly changes?: Changes;
}

const problemsInList = 50;

/** What to look at first, the outcome, then errors, then warnings. */
function checkParts({ isCurrent, problems, first = [], changes }: Checked): Part[] {
  const outcome = isCurrent ? md`Valid and up to date.` : md`**Out of date, or not valid.**`;
  const ofSeverity = (severity: Problem['severity']) =>
    problems.filter((problem) => problem.severity === severity && !first.includes(problem));
  return [
    ...lists('what to look at first', md`### Look at first`, first),
    { name: 'the outcome', content: md`### Check\n\n${outcome}` },
    ...lists('errors', md`**Errors**`, ofSeverity('error')),
    ...lists('warnings', md`**Warnings**`, ofSeverity('warning')),
    ...(changes === undefined ? [] : changesParts(changes)),
  ];
}

function lists(name: string, title: Markdown, problems: readonly Problem[]): Part[] {
  return chunks(problems, problemsInList).map((own) => ({
    name,
    content: md`${title}\n\n${list(own.map(problemText))}`,
  }));
}

/** A plan and the destination that it is for, as people know it. */
interface PlannedAt {
  readonly destination: string;
  readonly plan: Plan;
}

const shownPlanTags = 60;

/** The counts, and a fold for each image with work. */
function planParts({ destination, plan }: PlannedAt): Part[] {
  const { copy, tag, unchanged } = countPlan(plan);
  const work = md`${counted(copy, 'group')} to copy (at least ${counted(copy, 'counted pull')}), ${counted(tag, 'tag')} to put, ${unchanged} unchanged.`;
  const text =
    plan.groups.length === 0 ? md`Nothing to do: all ${counted(unchanged, 'tag')} are as the lockfile says.` : work;
  const images = [...groupBy(plan.groups, ({ image }) => image)];
  return [
    { name: destination, content: md`### Plan for ${code(destination)}\n\n${text}` },
    ...images.map(([image, groups]) => ({ name: image, content: imageFold(image, groups) })),
  ];
}

function imageFold(image: string, groups: readonly PlannedGroup[]): Markdown {
  const { copy, tag } = countPlan({ groups, unchanged: 0 });
  const rows = groups.map(({ digest, copy: isCopied, put }) => [
    isCopied ? md`copy` : md`tag`,
    code(shortDigest(digest)),
    tagsWhere(put, (replaces) => replaces === undefined),
    tagsWhere(put, (replaces) => replaces !== undefined),
  ]);
  const content = table([md`work`, md`digest`, md`new tags`, md`tags that move`], rows);
  return fold(`\`${image}\`: ${counted(copy, 'group')} to copy, ${counted(tag, 'tag')} to put`, content);
}

function tagsWhere(put: PlannedGroup['put'], isIt: (replaces: string | undefined) => boolean): Markdown {
  const tags = put.filter(({ replaces }) => isIt(replaces)).map(({ tag }) => tag);
  return tagList(tags, shownPlanTags);
}

/** Items in runs of at most `length`. */
function chunks<Item>(items: readonly Item[], length: number): (readonly Item[])[] {
  const starts = Array.from({ length: Math.ceil(items.length / length) }, (_, index) => index * length);
  return starts.map((start) => items.slice(start, start + length));
}
