import type { Rule } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { type ImageName, isImageName, isTag, type Tag } from '../core/names.ts';
import { didYouMean, nearest } from '../core/nearest.ts';
import { placeText, problemError } from '../core/problem.ts';
import { printable } from '../core/text.ts';
import { named, namedList } from '../core/words.ts';
import type { Library, UpstreamImage } from '../upstream/types.ts';
import { matchesTagField, matchesVersionsField, ruleRanges } from './rule-match.ts';
import { judgeTag, rulesForImage, selectImage } from './select.ts';
import { sortRules, tagVersion } from './tag-version.ts';
import type { Fate, ImageFate, NearMiss, RefusedImage, RuleCount, Rules, Subject, UnknownImage } from './types.ts';

const shownNames = 5;

/** Why `tag` of `image` is wanted or not, by the same judgement as `select`. Rules come sorted by place. */
export function explain(library: Library, rules: Rules, image: ImageName, tag: Tag): Fate {
  const upstreamImage = findImage(library, image);
  if (upstreamImage === undefined) return missingImage(library, image);
  const group = upstreamImage.groups.find(({ tags }) => tags.includes(tag));
  if (group === undefined) return unknownTag(upstreamImage, tag);
  const verdict = judgeTag(rulesForImage(rules, image), tag);
  const included = sortRules(verdict.include);
  if (included.length === 0) {
    const miss = nearMiss(rules.include, image, tag);
    return { kind: 'unmatched', group, ...defined({ nearMiss: miss }) };
  }
  if (verdict.exclude.length === 0) return { kind: 'selected', by: included, group };
  return { kind: 'excluded', by: sortRules(verdict.exclude), included, group };
}

/** What becomes of `image` as a whole: how many of its tags each rule matches and decides. */
export function explainImage(library: Library, rules: Rules, image: ImageName): ImageFate {
  const upstreamImage = findImage(library, image);
  if (upstreamImage === undefined) return missingImage(library, image);
  const { selected, uses } = selectImage(upstreamImage, rules);
  const counts = new Map(
    uses.map(({ rule, matched, decided }): [typeof rule, RuleCount] => [rule, { rule, matched, decided }]),
  );
  const ordered = [...sortRules(rules.include), ...sortRules(rules.exclude)].flatMap((rule) => counts.get(rule) ?? []);
  return {
    kind: 'image',
    tagCount: countTags(upstreamImage.groups.map(({ tags }) => tags)),
    wantedCount: countTags(selected?.groups.map(({ wanted }) => wanted) ?? []),
    rules: ordered.filter(({ matched }) => matched > 0),
  };
}

function findImage(library: Library, image: ImageName): UpstreamImage | undefined {
  return library.images.find(({ name }) => name === image);
}

function countTags(lists: readonly (readonly Tag[])[]): number {
  return lists.reduce((sum, tags) => sum + tags.length, 0);
}

function missingImage(library: Library, image: ImageName): UnknownImage | RefusedImage {
  const refusal = library.refusals.find((candidate) => candidate.image === image);
  if (refusal === undefined) {
    return {
      kind: 'unknown-image',
      nearest: nearest(
        image,
        library.images.map(({ name }) => name),
        shownNames,
      ),
    };
  }
  const { file, line, message, value } = refusal;
  return {
    kind: 'refused-image',
    message: `${placeText({ file, ...defined({ line }) })}: ${message}${value === undefined ? '' : ` (${value})`}`,
  };
}

function unknownTag({ groups }: UpstreamImage, tag: Tag): Fate {
  const tags = groups.flatMap((group) => group.tags);
  return { kind: 'unknown-tag', nearest: nearest(tag, tags, shownNames), tagCount: tags.length };
}

const longestShown = 80;

/** Reads `debian:12`, a tag, or `debian`, an image as a whole. Throws a `UserError` with code `select/bad-subject`. */
export function parseSubject(text: string): Subject {
  const colon = text.indexOf(':');
  const image = colon === -1 ? text : text.slice(0, colon);
  const tag = colon === -1 ? undefined : text.slice(colon + 1);
  if (isImageName(image) && tag === undefined) return { image };
  if (isImageName(image) && tag !== undefined && isTag(tag)) return { image, tag };
  throw problemError(
    'select/bad-subject',
    '`explain` takes an image and a tag, such as `debian:12`, or only an image, such as `debian`.',
    shortened(text),
    hintFor(text),
  );
}

function shortened(text: string): string {
  const shown = printable(text.slice(0, longestShown));
  return text.length > longestShown ? `${shown}…` : shown;
}

/** People paste whole references: the last path component is the image, in lower case, and a digest is not a tag. */
function hintFor(text: string): string | undefined {
  const [reference = ''] = text.split('@');
  const [name = '', tag] = reference.slice(reference.lastIndexOf('/') + 1).split(':');
  const image = name.toLowerCase();
  if (!isImageName(image) || (tag !== undefined && !isTag(tag))) return undefined;
  const meant = tag === undefined ? image : `${image}:${tag}`;
  return meant === text ? undefined : didYouMean([meant]);
}

/**
 * The include rule that came nearest to a tag which none matches, and why it does not match: of the rules for the image the
 * one with the fewest fields that fail; else one whose image is spelled nearly so; else `undefined`.
 */
function nearMiss(include: readonly Rule[], image: ImageName, tag: Tag): NearMiss | undefined {
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
  const isPart = version.numbers.length < 3 || ruleRanges(rule)?.some((range) => range.holdsSome(version));
  if (!isPart) return `${named(version.text)} is outside of its versions ${ranges}`;
  return `the tag stands for every ${named(`${version.text}.x`)}, and its versions ${ranges} do not hold them all`;
}

function misspelled(include: readonly Rule[], image: ImageName): NearMiss | undefined {
  const [text] = nearest(image, new Set(include.map((rule) => rule.image.text)), 1);
  const rule = sortRules(include).find((candidate) => candidate.image.text === text);
  if (rule === undefined) return undefined;
  return { rule, reasons: [`its image is ${named(rule.image.text)}, not ${named(image)}`] };
}
