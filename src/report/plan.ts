import { bytesText } from '../core/bytes.ts';
import { durationText } from '../core/duration.ts';
import { groupBy } from '../core/group-by.ts';
import { someOf } from '../core/words.ts';
import { shortDigest } from '../diff/words.ts';
import { countPlan } from '../plan/plan.ts';
import type { Plan, PlannedGroup, PlannedTag } from '../plan/types.ts';
import type { PlannedBudget } from '../runs/plan-budget.ts';
import { pullsText, timeText } from './budget.ts';

const shownTags = 8;

/** A plan for people: a line for each group with work, and the counts. */
export function planText(destination: string, plan: Plan): string {
  const { copy, tag, unchanged } = countPlan(plan);
  const lines = [...groupBy(plan.groups, ({ image }) => image)].flatMap(([image, groups]) => [
    image,
    ...groups.map(groupLine),
  ]);
  const totals = `${copy} groups to copy (at least ${copy} counted pulls), ${tag} tags to put, ${unchanged} tags unchanged`;
  return [`${destination}: ${totals}`, ...lines].join('\n');
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
export function planBudgetText(budget: PlannedBudget | undefined, now: Date): string[] {
  if (budget === undefined) return [];
  const { limit, left, window, pulls, bytes, windows, doneAt } = budget;
  const { known, unknownManifests } = bytes;
  const size = known === 0 ? [] : [`Known to be copied: ${bytesText(known)}`];
  const rest =
    size.length > 0 && unknownManifests > 0
      ? [`${size[0]}, and the blobs of ${unknownManifests} manifests not read yet.`]
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
