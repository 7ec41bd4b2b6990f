import { compareVersions, prereleaseNumber, prereleaseWords } from '../config/version-range.ts';
import type { Tag } from '../core/names.ts';
import { type TagVersion, tagVersion } from '../select/tag-version.ts';

/** A day in a tag, such as `trixie-20260811` or `base-20260805.0.390700`, and what numbers it. */
const dayPattern = /(?<=^|[-_.])20\d{6}(?:\.\d+)*(?=[-_.]|$)/g;
const leadingDayPattern = /^20\d{6}(?:\.\d+)*(?=[-_.]|$)/;
const numbersPattern = /^v?\d+(?:u\d+|(?:\.\d+)*)/;
const prereleasePattern = new RegExp(
  `^(?:-${prereleaseNumber}\\.(?:${prereleaseWords})|[-.]?(?:${prereleaseWords}|[abmM])[-.]?(?:${prereleaseNumber})?)(?=[-_.]|$)`,
  'i',
);
/** What follows a version and counts its builds, as in Java's `21.0.8_9` and `8u492-b09`. */
const buildPattern = /^(?:[_+]\d+(?:\.\d+)*|-b\d+(?=[-_.]|$))/;

interface ReadVersion {
  /** As the tag writes it. */
  readonly written: string;
  readonly version: TagVersion;
  /** What follows. */
  readonly rest: string;
}

/** The version that a text begins with; undefined where it begins with none, or with a day such as `20260731.1`. */
function readVersion(text: string): ReadVersion | undefined {
  const version = tagVersion(text);
  if (version === undefined || leadingDayPattern.test(text)) return undefined;
  const numbers = numbersPattern.exec(text)?.[0] ?? '';
  const behind = text.slice(numbers.length);
  const prerelease = version.prerelease === undefined ? '' : (prereleasePattern.exec(behind)?.[0] ?? '');
  return { written: `${numbers}${prerelease}`.replace(/^v/, ''), version, rest: behind.slice(prerelease.length) };
}

/** The versions behind each `-` of a tag, as in `base-20260805.0.390700` and `beta-7.0-RC2-fpm`. */
function innerVersions(tag: string): ReadVersion[] {
  const words = tag.split('-');
  return words.flatMap((word, index) =>
    index > 0 && /^v?\d/.test(word) ? (readVersion(words.slice(index).join('-')) ?? []) : [],
  );
}

/** Whether a version names one build for good: three numbers or more, a numbered pre-release, or the number of a build. */
function isFull({ written, version, rest }: ReadVersion): boolean {
  const numbers = /^[\d.]+/.exec(written)?.[0].match(/\d+/g)?.length ?? 0;
  return numbers >= 3 || /\du\d/.test(written) || /\d/.test(version.prerelease ?? '') || buildPattern.test(rest);
}

/**
 * A tag without what says its version: tags of two versions of the same thing have the same form. `1.26.7-alpine3.23` has
 * that of `1.26.6-alpine3.23`, `trixie-20260811` that of `trixie-20260825`, and `8.96-8.0.504-jdk` that of `8.96-8.0.502-jdk`.
 */
export function formOf(tag: Tag): string {
  const own = readVersion(tag);
  const form = own === undefined ? tag : `*${own.rest.replace(buildPattern, '')}`;
  const inner = innerVersions(form).filter(isFull);
  const general = inner.reduce((text, { written }) => text.replace(`-${written}`, '-*'), form);
  return general.replace(dayPattern, '*');
}

/**
 * Whether a tag stays at what it names, as `1.26.7`, `3.15.0rc1`, `psmdb-8.0.20` and `trixie-20260811` do: a version of three
 * numbers or more, a numbered pre-release, the number of a build as in `25_36`, or a day. `1.26`, `latest` and `alpine3.23` float.
 */
export function isFixed(tag: Tag): boolean {
  if (tag.search(dayPattern) !== -1) return true;
  return [readVersion(tag) ?? [], innerVersions(tag)].flat().some(isFull);
}

/**
 * How a tag of one form follows another, in the shortest words that differ: their days, their versions (with the numbers of
 * builds), the versions behind these; else the tags.
 */
export function stepWords(from: Tag, to: Tag): { readonly from: string; readonly to: string } {
  const withBuild = (tag: Tag) => {
    const { written = '', rest = '' } = readVersion(tag) ?? {};
    return `${written}${buildPattern.exec(rest)?.[0] ?? ''}`;
  };
  const inner = (tag: Tag) => deepest(innerVersions(tag).filter(isFull));
  for (const wordOf of [dayOf, (tag: Tag) => readVersion(tag)?.written, withBuild, inner]) {
    const [one, other] = [wordOf(from), wordOf(to)];
    if (one !== undefined && other !== undefined && one !== other) return { from: one, to: other };
  }
  return { from, to };
}

/** Whether a tag is of a pre-release, such as `3.15-rc`. */
export function isPrerelease(tag: Tag): boolean {
  return tagVersion(tag)?.prerelease !== undefined;
}

/**
 * The version that tags of one group say most of, as it is written: that which a tag begins with; else one behind a `-`, as
 * in `base-20260805.0.390700`; else a day. `undefined` where no tag says one.
 */
export function versionOf(tags: readonly Tag[]): string | undefined {
  const fixed = tags.filter(isFixed);
  for (const own of [fixed, tags]) {
    const found = deepest(own.flatMap((tag) => readVersion(tag) ?? [])) ?? deepest(own.flatMap(innerVersions));
    if (found !== undefined) return found;
  }
  return tags.map(dayOf).find((day) => day !== undefined);
}

/** The day that a tag is named after, and what numbers it: `20260811`. */
export function dayOf(tag: Tag): string | undefined {
  return tag.match(dayPattern)?.[0];
}

function deepest(versions: readonly ReadVersion[]): string | undefined {
  const precision = Math.max(...versions.map(({ version }) => version.numbers.length), 0);
  const deep = versions.filter(({ version }) => version.numbers.length === precision);
  return deep.sort((one, other) => compareVersions(one.version, other.version)).at(-1)?.written;
}

/**
 * The beginnings of the version of a tag, as far as the tag says it, the shortest first: `1`, `1.26`, `1.26.7`. Of a
 * pre-release none: it begins no series.
 */
export function beginnings(tag: Tag): string[] {
  const read = readVersion(tag);
  return read === undefined || read.version.prerelease !== undefined ? [] : beginningsOf(read);
}

/** The beginnings of the numbers of a tag, be it of a pre-release: `26-ea-22` keeps the series `26`. */
export function numbersBegin(tag: Tag): string[] {
  const read = readVersion(tag);
  return read === undefined ? [] : beginningsOf(read);
}

function beginningsOf({ written }: ReadVersion): string[] {
  const numbers = numbersPattern.exec(written)?.[0] ?? '';
  const parts = numbers.split('.');
  const [first = ''] = numbers.split('u');
  if (parts.length === 1 && first !== numbers) return [first, numbers];
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}
