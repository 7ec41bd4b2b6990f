import type { Pattern, Rule } from '../config/types.ts';
import type { Tag } from '../core/names.ts';
import type { Library } from '../upstream/types.ts';
import { nearest } from './nearest.ts';
import { matchesTagField, ruleRanges } from './rule-match.ts';
import { countedTags, isLiteral, named, namedList } from './rule-text.ts';
import { tagVersion } from './tag-version.ts';
import type { VersionRange } from './version-range.ts';

const shownVersions = 5;
const hintedPatterns = 5;

/** What a rule that matches no tag of upstream may have meant. */
export function hintForRule(rule: Rule, library: Library): string {
  const all = library.images.map(({ name }) => name);
  const images = library.images.filter(({ name }) => rule.image.matches(name));
  if (images.length === 0) return `No image has this name.${didYouMean(rule.image, all)}`;
  const names = images.map(({ name }) => name);
  const tags = images.flatMap(({ groups }) => groups.flatMap((group) => group.tags));
  if (tags.length === 0) return `Retired, without a tag upstream: ${namedList(names, 3)}.`;
  const fitting = tags.filter((tag) => matchesTagField(rule, tag));
  const ranges = ruleRanges(rule) ?? [];
  if (fitting.length > 0) return hintForRanges(ranges, fitting);
  const patterns = (rule.tags ?? [])
    .slice(0, hintedPatterns)
    .map((pattern) => hintForPattern(pattern, tags))
    .filter((hint) => hint !== '');
  const hints = patterns.length > 0 ? [...new Set(patterns)] : [hintForRanges([], tags)];
  return [`There is ${namedList(names, 3)}, but none of ${countedTags(tags.length)} matches.`, ...hints].join(' ');
}

/** What a tag pattern that matches none of `tags` may have meant; may be empty. */
export function hintForPattern(pattern: Pattern, tags: readonly Tag[]): string {
  return didYouMean(pattern, tags).trim();
}

/** What ranges that hold the version of none of `tags` may have meant. */
export function hintForRanges(ranges: readonly VersionRange[], tags: readonly Tag[]): string {
  const versions = tags.flatMap((tag) => tagVersion(tag) ?? []);
  if (versions.length === 0) return `No tag begins with a version: there is ${namedList(tags, 3)}.`;
  const newest = versions.sort((one, other) => other.lowest.compare(one.lowest) || other.precision - one.precision);
  const full = newest.filter(({ precision }) => precision === 3);
  const texts = new Set((full.length > 0 ? full : newest).map(({ text }) => text));
  const hint = `The newest versions are ${namedList([...texts].slice(0, shownVersions))}.`;
  const prerelease = newest.find((version) => ranges.some((range) => range.holdsButForPrerelease(version)));
  if (prerelease === undefined) return hint;
  return `${hint} A pre-release is matched only by a range that names one of the same version, such as ${named(`>=${prerelease.text}`)}.`;
}

function didYouMean(pattern: Pattern, names: readonly string[]): string {
  const core = pattern.text.replace(/[*?[\]{}()!+@|\\^$/]/g, '').replace(/^[-.]+|[-.]+$/g, '');
  const longer = isLiteral(pattern) ? names.filter((name) => name.startsWith(core)).length : 0;
  const meant = nearest(core, new Set(names));
  const near = meant.length === 0 ? '' : ` Did you mean ${namedList(meant)}?`;
  if (longer === 0) return near;
  return ` ${named(pattern.text)} without a ${named('*')} is one whole name; ${named(`${core}*`)} matches ${longer}.${near}`;
}
