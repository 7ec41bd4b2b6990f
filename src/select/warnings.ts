import type { Pattern, Rule } from '../config/types.ts';
import { compareVersions } from '../config/version-range.ts';
import type { Tag } from '../core/names.ts';
import { didYouMean, nearest } from '../core/nearest.ts';
import { type Problem, placeText } from '../core/problem.ts';
import { counted, named, namedList } from '../core/words.ts';
import type { Library } from '../upstream/types.ts';
import { type Alternative, matchesTagField, matchesVersionsField, type RuleUse, ruleRanges } from './rule-match.ts';
import { isLiteral, ruleText } from './rule-text.ts';
import { sortProblems, sortRules, tagVersion } from './tag-version.ts';
import type { VersionRange } from './version-range.ts';

/** A hint compares with every tag of the rule's images: a rule of thousands of patterns gets it for the first ones. */
const hintedAlternatives = 10;

/**
 * The warnings about rules that are of no use, sorted by place. A rule that is for an image whose file was refused gets none:
 * nobody knows what it would match.
 */
export function selectionWarnings(
  library: Library,
  uses: readonly RuleUse[],
  nothingSelected: boolean,
): readonly Problem[] {
  const known = uses.filter(({ rule }) => !library.refusals.some(({ image }) => rule.image.matches(image)));
  return sortProblems([
    ...known.flatMap((use) => ruleWarnings(library, use)),
    ...(nothingSelected ? [nothingSelectedWarning(library)] : []),
  ]);
}

function ruleWarnings(library: Library, use: RuleUse): readonly Problem[] {
  const { rule, matched, decided, idle } = use;
  if (matched === 0) return [matchesNothing(library, rule)];
  if (rule.kind === 'exclude') return [];
  return [
    ...(decided === 0 ? [hasNoEffect(use)] : []),
    ...idle.map((alternative, index) =>
      idleWarning(rule, alternative, index < hintedAlternatives ? idleHint(library, rule, alternative) : ''),
    ),
  ];
}

function matchesNothing(library: Library, rule: Rule): Problem {
  return {
    code: 'select/rule-matches-nothing',
    severity: 'warning',
    message: `This ${rule.kind} rule matches no tag of upstream.`,
    place: rule.place,
    value: ruleText(rule),
    hint: hintForRule(rule, library),
  };
}

function hasNoEffect({ rule, matched, takenBy }: RuleUse): Problem {
  const takers = sortRules(takenBy).map((taker) => `${ruleText(taker)} at ${placeText(taker.place)}`);
  return {
    code: 'select/rule-has-no-effect',
    severity: 'warning',
    message: `Exclude rules take every tag that this include rule matches (${counted(matched, 'tag')}).`,
    place: rule.place,
    value: ruleText(rule),
    hint: `They are excluded by ${takers.join(', and ')}.`,
  };
}

function idleWarning(rule: Rule, alternative: Alternative, hint: string): Problem {
  const text = alternative.field === 'tags' ? alternative.pattern.text : alternative.range.text;
  return {
    code: 'select/pattern-matches-nothing',
    severity: 'warning',
    message: `${named(text)} in the ${named(alternative.field)} of this include rule matches nothing, while others there do.`,
    place: rule.place,
    value: text,
    ...(hint === '' ? {} : { hint }),
  };
}

/** Compares with the tags that the rule's other field leaves. */
function idleHint(library: Library, rule: Rule, alternative: Alternative): string {
  const tags = library.images
    .filter(({ name }) => rule.image.matches(name))
    .flatMap(({ groups }) => groups.flatMap((group) => group.tags));
  if (alternative.field === 'versions') {
    return hintForRanges(
      [alternative.range],
      tags.filter((tag) => matchesTagField(rule, tag)),
    );
  }
  return hintForPattern(
    alternative.pattern,
    tags.filter((tag) => matchesVersionsField(rule, tag)),
  );
}

function nothingSelectedWarning({ images, refusals }: Library): Problem {
  const refused = refusals.length === 0 ? '' : `, and ${refusals.length} more whose files were refused`;
  return {
    code: 'select/nothing-selected',
    severity: 'warning',
    message: 'The rules select no tag at all.',
    hint: `Upstream has ${counted(images.length, 'image')}${refused}; an include rule such as ${named('alpine')} selects every tag of one.`,
  };
}

const shownVersions = 5;
const hintedPatterns = 5;

/** What a rule that matches no tag of upstream may have meant. */
function hintForRule(rule: Rule, library: Library): string {
  const all = library.images.map(({ name }) => name);
  const images = library.images.filter(({ name }) => rule.image.matches(name));
  if (images.length === 0) return `No image has this name.${suggestion(rule.image, all)}`;
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
  return [`There is ${namedList(names, 3)}, but none of ${counted(tags.length, 'tag')} matches.`, ...hints].join(' ');
}

/** What a tag pattern that matches none of `tags` may have meant; may be empty. */
function hintForPattern(pattern: Pattern, tags: readonly Tag[]): string {
  return suggestion(pattern, tags).trim();
}

/** What ranges that hold the version of none of `tags` may have meant. */
function hintForRanges(ranges: readonly VersionRange[], tags: readonly Tag[]): string {
  const versions = tags.flatMap((tag) => tagVersion(tag) ?? []);
  if (versions.length === 0) return `No tag begins with a version: there is ${namedList(tags, 3)}.`;
  const newest = versions.sort(
    (one, other) => compareVersions(other, one) || other.numbers.length - one.numbers.length,
  );
  const full = newest.filter(({ numbers }) => numbers.length >= 3);
  const texts = new Set((full.length > 0 ? full : newest).map(({ text }) => text));
  const hint = `The newest versions are ${namedList([...texts].slice(0, shownVersions))}.`;
  const prerelease = newest.find((version) => ranges.some((range) => range.holdsButForPrerelease(version)));
  if (prerelease === undefined) return hint;
  return `${hint} A pre-release is matched only by a range that names one of the same version, such as ${named(`>=${prerelease.text}`)}.`;
}

function suggestion(pattern: Pattern, names: readonly string[]): string {
  const core = pattern.text.replace(/[*?[\]{}()!+@|\\^$/]/g, '').replace(/^[-.]+|[-.]+$/g, '');
  const longer = isLiteral(pattern) ? names.filter((name) => name.startsWith(core)).length : 0;
  const question = didYouMean(nearest(core, new Set(names)));
  const near = question === undefined ? '' : ` ${question}`;
  if (longer === 0) return near;
  return ` ${named(pattern.text)} without a ${named('*')} is one whole name; ${named(`${core}*`)} matches ${longer}.${near}`;
}
