import type { Pattern, Rule } from '../config/types.ts';
import type { Tag } from '../core/names.ts';
import { type TagVersion, tagVersion } from './tag-version.ts';
import { type VersionRange, versionRange } from './version-range.ts';

const rangesOfRule = new WeakMap<Rule, readonly VersionRange[]>();

/** The rule's version ranges, read once a rule; `undefined` where it has no `versions`. Throws semver's TypeError for a bad one. */
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
export function ruleAlternatives(rule: Rule): readonly Alternative[] {
  return [
    ...(rule.tags ?? []).map((pattern): Alternative => ({ field: 'tags', pattern })),
    ...(ruleRanges(rule) ?? []).map((range): Alternative => ({ field: 'versions', range })),
  ];
}

/** Whether one alternative, alone, matches a tag and the version that it begins with. */
export function matchesAlternative(alternative: Alternative, tag: Tag, version: TagVersion | undefined): boolean {
  if (alternative.field === 'tags') return alternative.pattern.matches(tag);
  return version !== undefined && alternative.range.holds(version);
}
