import type { Rule } from '../config/types.ts';
import type { ImageName, Tag } from '../core/names.ts';
import { nearest } from './nearest.ts';
import { sortRules } from './order.ts';
import { matchesTagField, matchesVersionsField, ruleRanges } from './rule-match.ts';
import { named, namedList } from './rule-text.ts';
import { tagVersion } from './tag-version.ts';
import type { NearMiss } from './types.ts';

/**
 * The include rule that came nearest to a tag which none matches, and why it does not match: of the rules for the image the
 * one with the fewest fields that fail; else one whose image is spelled nearly so; else `undefined`.
 */
export function nearMiss(include: readonly Rule[], image: ImageName, tag: Tag): NearMiss | undefined {
  const misses = sortRules(include)
    .filter((rule) => rule.image.matches(image))
    .map((rule) => ({ rule, reasons: reasonsAgainst(rule, tag) }))
    .sort((one, other) => one.reasons.length - other.reasons.length);
  return misses[0] ?? misspelled(include, image);
}

function reasonsAgainst(rule: Rule, tag: Tag): readonly string[] {
  const patterns = (rule.tags ?? []).map(({ text }) => text);
  return [
    ...(matchesTagField(rule, tag) ? [] : [`no pattern in its tags matches: ${namedList(patterns)}`]),
    ...(matchesVersionsField(rule, tag) ? [] : [versionReason(rule, tag)]),
  ];
}

function versionReason(rule: Rule, tag: Tag): string {
  const ranges = namedList(rule.versions ?? []);
  const version = tagVersion(tag);
  if (version === undefined) return `the tag begins with no version, which ${ranges} in its versions asks for`;
  if (ruleRanges(rule)?.some((range) => range.holdsButForPrerelease(version))) {
    return `${named(version.text)} is a pre-release, and ${ranges} in its versions names none of that version`;
  }
  if (version.precision === 3) return `${named(version.text)} is outside of its versions ${ranges}`;
  return `the tag stands for every ${named(`${version.text}.x`)}, and its versions ${ranges} do not hold them all`;
}

function misspelled(include: readonly Rule[], image: ImageName): NearMiss | undefined {
  const [text] = nearest(image, new Set(include.map((rule) => rule.image.text)), 1);
  const rule = sortRules(include).find((candidate) => candidate.image.text === text);
  if (rule === undefined) return undefined;
  return { rule, reasons: [`its image is ${named(rule.image.text)}, not ${named(image)}`] };
}
