import type { Pattern, Rule } from '../config/types.ts';
import type { Tag } from '../core/names.ts';
import type { Library } from '../upstream/types.ts';
import { nearest } from './nearest.ts';
import { matchesTagField, ruleRanges } from './rule-match.ts';
import { isLiteral, named, namedList } from './rule-text.ts';
import { tagVersion } from './tag-version.ts';
import type { VersionRange } from './version-range.ts';

const shownVersions = 5;

/** What a rule that matches no tag of upstream may have meant. */
export function hintForRule(rule: Rule, library: Library): string {
  const images = library.images.filter(({ name }) => rule.image.matches(name));
  if (images.length === 0)
    return `No image has this name.${didYouMean(
      rule.image,
      library.images.map(({ name }) => name),
    )}`;
  const names = namedList(
    images.map(({ name }) => name),
    3,
  );
  const tags = images.flatMap(({ groups }) => groups.flatMap((group) => group.tags));
  if (tags.length === 0) return `${names} is retired: upstream lists no tag of it any more.`;
  const fitting = tags.filter((tag) => matchesTagField(rule, tag));
  const ranges = ruleRanges(rule) ?? [];
  if (fitting.length > 0) return hintForRanges(ranges, fitting);
  const patterns = (rule.tags ?? []).map((pattern) => hintForPattern(pattern, tags));
  return [`${names} exists, but none of its ${tags.length} tags matches.`, ...new Set(patterns)].join(' ').trim();
}

/** What a tag pattern that matches none of `tags` may have meant; may be empty. */
export function hintForPattern(pattern: Pattern, tags: readonly Tag[]): string {
  return didYouMean(pattern, tags).trim();
}

/** What ranges that hold the version of none of `tags` may have meant. */
export function hintForRanges(ranges: readonly VersionRange[], tags: readonly Tag[]): string {
  const versions = tags.flatMap((tag) => tagVersion(tag) ?? []);
  if (versions.length === 0)
    return `None of the ${tags.length} tags begins with a version, such as ${namedList(tags, 3)}.`;
  const newest = versions.sort((one, other) => other.lowest.compare(one.lowest) || other.precision - one.precision);
  const hint = `The newest versions are ${namedList([...new Set(newest.map(({ text }) => text))].slice(0, shownVersions))}.`;
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
