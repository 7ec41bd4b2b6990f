import type { Rule } from '../config/types.ts';
import type { Tag } from '../core/names.ts';
import { type Alternative, matchesAlternative, ruleAlternatives } from './rule-match.ts';
import { tagVersion } from './tag-version.ts';

/** What a rule did to the tags of an image, or of the whole library. */
export interface RuleUse {
  readonly rule: Rule;
  /** Tags that the rule matches. */
  matched: number;
  /** Those that it decides: an include rule's wanted tags, an exclude rule's tags that an include rule matches. */
  decided: number;
  /** Include rules only: the exclude rules that took tags from it. */
  readonly takenBy: Set<Rule>;
  /** The patterns and ranges of which no tag has been matched yet. */
  idle: readonly Alternative[];
}

/** The use of a rule that has met no tag yet. */
export function unused(rule: Rule): RuleUse {
  return { rule, matched: 0, decided: 0, takenBy: new Set(), idle: ruleAlternatives(rule) };
}

/** Counts a tag that the rule matches. */
export function countTag(use: RuleUse, tag: Tag, decided: boolean): void {
  use.matched += 1;
  if (decided) use.decided += 1;
  if (use.idle.length === 0) return;
  const version = use.rule.versions === undefined ? undefined : tagVersion(tag);
  use.idle = use.idle.filter((alternative) => !matchesAlternative(alternative, tag, version));
}

/** Adds what the same rule did elsewhere. */
export function addUse(total: RuleUse, other: RuleUse): void {
  total.matched += other.matched;
  total.decided += other.decided;
  for (const rule of other.takenBy) total.takenBy.add(rule);
  total.idle = total.idle.filter((alternative) => other.idle.some((still) => isSame(still, alternative)));
}

function isSame(one: Alternative, other: Alternative): boolean {
  if (one.field === 'tags') return other.field === 'tags' && one.pattern === other.pattern;
  return other.field === 'versions' && one.range === other.range;
}
