import type { Pattern, Rule } from '../config/types.ts';
import type { Tag } from '../core/names.ts';
import { type TagVersion, tagVersion } from './tag-version.ts';
import { type VersionRange, versionRange } from './version-range.ts';

const rangesOfRule = new WeakMap<Rule, readonly VersionRange[]>();

/** The rule's version ranges, read once a rule; `undefined` where it has no `versions`. Throws a TypeError for a bad one. */
export function ruleRanges(rule: Rule): readonly VersionRange[] | undefined {
  if (rule.versions === undefined) return undefined;
  const known = rangesOfRule.get(rule);
  if (known !== undefined) return known;
  const ranges = rule.versions.map(versionRange);
  rangesOfRule.set(rule, ranges);
  return ranges;
}

/** Whether one of the rule's tag patterns matches `tag`; true where the rule has none. */
export function matchesTagField({ tags }: Rule, tag: Tag): boolean {
  return tags === undefined || tags.some((pattern) => pattern.matches(tag));
}

/** Whether one of the rule's ranges holds the version that `tag` begins with; true where the rule has none. */
export function matchesVersionsField(rule: Rule, tag: Tag): boolean {
  const ranges = ruleRanges(rule);
  if (ranges === undefined) return true;
  const version = tagVersion(tag);
  return version !== undefined && ranges.some((range) => range.holds(version));
}

/** Whether the rule, whose image is known to match, matches `tag`. */
export function matchesTag(rule: Rule, tag: Tag): boolean {
  return matchesTagField(rule, tag) && matchesVersionsField(rule, tag);
}

/** The alternatives of a rule's fields: its tag patterns and its ranges. */
export type Alternative =
  | { readonly field: 'tags'; readonly pattern: Pattern }
  | { readonly field: 'versions'; readonly range: VersionRange };

/** All alternatives of a rule, in its order. */
function ruleAlternatives(rule: Rule): readonly Alternative[] {
  return [
    ...(rule.tags ?? []).map((pattern): Alternative => ({ field: 'tags', pattern })),
    ...(ruleRanges(rule) ?? []).map((range): Alternative => ({ field: 'versions', range })),
  ];
}

/** Whether one alternative by itself matches a tag and the version that it begins with. */
function matchesAlternative(alternative: Alternative, tag: Tag, version: TagVersion | undefined): boolean {
  if (alternative.field === 'tags') return alternative.pattern.matches(tag);
  return version !== undefined && alternative.range.holds(version);
}

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
