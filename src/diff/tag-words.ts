import { compareVersions, prereleaseNumber, prereleaseWords } from '../config/version-range.ts';
import type { Tag } from '../core/names.ts';
import { type TagVersion, tagVersion } from '../select/tag-version.ts';

/** A day in a tag, such as `trixie-20260811` or `base-20260805.0.390700`, and what numbers it. */
const dayPattern = /(?<=^|[-_.])20\d{6}(?:\.\d+)*(?=[-_.]|$)/g;
const numbersPattern = /^v?\d+(?:u\d+|(?:\.\d+)*)/;
const prereleasePattern = new RegExp(
  `^(?:-${prereleaseNumber}\\.(?:${prereleaseWords})|[-.]?(?:${prereleaseWords}|[abmM])[-.]?(?:${prereleaseNumber})?)(?=[-_.]|$)`,
  'i',
);
/** What follows a version and counts its builds, as in Java's `21.0.8_9` and `8u492-b09`. */
const buildPattern = /^(?:[_+]\d+(?:\.\d+)*|-b\d+(?=[-_.]|$))/;

/** The version that a text begins with, as it is written, and what follows; undefined where it begins with none. */
function readVersion(text: string): { written: string; version: TagVersion; rest: string } | undefined {
  const version = tagVersion(text);
  if (version === undefined) return undefined;
  const numbers = numbersPattern.exec(text)?.[0] ?? '';
  const behind = text.slice(numbers.length);
  const prerelease = version.prerelease === undefined ? '' : (prereleasePattern.exec(behind)?.[0] ?? '');
  return { written: `${numbers}${prerelease}`.replace(/^v/, ''), version, rest: behind.slice(prerelease.length) };
}

/** The versions behind each `-` of a tag, as in `base-20260805.0.390700` and `beta-7.0-RC2-fpm`. */
function innerVersions(tag: string) {
  const words = tag.split('-');
  return words.slice(1).flatMap((_, index) => readVersion(words.slice(index + 1).join('-')) ?? []);
}

/**
 * A tag without what says its version: tags of two versions of the same thing have the same form. `1.26.7-alpine3.23` has
 * that of `1.26.6-alpine3.23`, and `trixie-20260811` that of `trixie-20260825`.
 */
export function formOf(tag: Tag): string {
  const own = readVersion(tag);
  const form = own === undefined ? tag : `*${own.rest.replace(buildPattern, '')}`;
  return form.replace(dayPattern, '*');
}

/**
 * Whether a tag stays at what it names, as `1.26.7`, `3.15.0rc1`, `psmdb-8.0.20` and `trixie-20260811` do: a version of three
 * numbers or more, a numbered pre-release, or a day. `1.26`, `latest` and `alpine3.23` float.
 */
export function isFixed(tag: Tag): boolean {
  if (tag.search(dayPattern) !== -1) return true;
  return [readVersion(tag) ?? [], innerVersions(tag)].flat().some(({ written, version }) => {
    const isFull = (/^[\d.]+/.exec(written)?.[0].match(/\d+/g)?.length ?? 0) >= 3;
    return isFull || /\du\d/.test(written) || /\d/.test(version.prerelease ?? '');
  });
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

function deepest(versions: readonly { readonly written: string; readonly version: TagVersion }[]): string | undefined {
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
  if (read === undefined || read.version.prerelease !== undefined) return [];
  const parts = read.written.split('.');
  const [first = ''] = read.written.split('u');
  if (parts.length === 1 && first !== read.written) return [first, read.written];
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}
