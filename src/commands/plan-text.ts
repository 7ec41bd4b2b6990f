import { groupBy } from '../core/group-by.ts';
import { shortDigest } from '../diff/words.ts';
import { countPlan } from '../plan/plan.ts';
import type { Plan, PlannedGroup, PlannedTag } from '../plan/types.ts';

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
  const names = put.slice(0, shownTags).map(tagText);
  const more = put.length > shownTags ? ` and ${put.length - shownTags} more` : '';
  const broken = put.some((one) => one.broken) ? '  (! cannot be served there, and is put again)' : '';
  return `  ${copy ? 'copy' : 'tag '}  ${shortDigest(digest)}  ${names.join(', ')}${more}${broken}`;
}

/** A tag that moves is marked by `*`, one that is broken by `!`. */
function tagText({ tag, replaces, broken }: PlannedTag): string {
  if (broken) return `${tag}!`;
  return replaces === undefined ? tag : `${tag}*`;
}
