import type { Rule } from '../config/types.ts';
import {
  prereleaseNumber as number,
  prereleaseText,
  type Version,
  prereleaseWords as words,
} from '../config/version-range.ts';
import type { Place, Problem } from '../core/problem.ts';

/** The version that a tag begins with. A release stands for every version that begins so; a pre-release, only for itself. */
export interface TagVersion extends Version {
  /** As far as the tag says it: `3`, `3.13`, `3.13.2`, `17.0.21.1`, `3.14.0-rc.1`. */
  readonly text: string;
}

/** Numbers, and Java's older form of an update, `8u462`. */
const numbersPattern = /^v?(\d+)(?:u(\d+)|((?:\.\d+)*))/;
/** `alpine:20260805` is named after a day, which is not a version. */
const dayPattern = /^\d{8}$/;
const suffixPattern = /^(?:[-_.]|$)/;

/**
 * Reads the version that `tag` begins with, or gives `undefined` where it begins with none (docs/versions.md has the rules
 * and examples). Numbers may have a `v` before them and leading zeros; `8u462` is 8.0.462.
 */
export function tagVersion(tag: string): TagVersion | undefined {
  const match = numbersPattern.exec(tag);
  if (match === null) return undefined;
  const [whole, major = '', update, more = ''] = match;
  if (update === undefined && more === '' && dayPattern.test(major)) return undefined;
  const texts = update === undefined ? [major, ...more.split('.').slice(1)] : [major, '0', update];
  const numbers = texts.map(Number);
  if (!numbers.every((number) => Number.isSafeInteger(number))) return undefined;
  const rest = tag.slice(whole.length);
  const prerelease = readPrerelease(rest);
  if (prerelease !== undefined) {
    const full = [...numbers, 0, 0].slice(0, Math.max(3, numbers.length));
    return { text: `${full.join('.')}-${prerelease}`, numbers: full, prerelease };
  }
  return suffixPattern.test(rest) ? { text: numbers.join('.'), numbers } : undefined;
}

const end = '(?=[-_.]|$)';

/** `rc1`, `-rc`, `-rc.1`, `-ea-10`, `.beta`: a word, and a number in any of the ways that official images write it. */
const wordPattern = new RegExp(`^[-.]?(${words})(?:[-.]?(${number}))?${end}`, 'i');
/** `a7` and `b1` as Python writes them: never after a `-`, where `-b08` is a build of Java. */
const letterPattern = new RegExp(`^([ab])(${number})${end}`);
/** A milestone, `-M1` or `-m03`. */
const milestonePattern = new RegExp(`^-(m)(${number})${end}`, 'i');
/** Dart's `-95.2.beta`. */
const numberFirstPattern = new RegExp(`^-(${number})\\.(${words})${end}`);
/** MariaDB's `-ubi10-rc` and `-noble-rc`: the word at the tag's end, behind the name of a distribution. */
const behindDistributionPattern = new RegExp(`^-[a-z]+\\d*-(${words})()$`);

/**
 * Reads a pre-release from `rest`, what follows a tag's numbers; `undefined` where there is none. Gives it in semver's form:
 * the word in lower case, then the number, joined by `.`, so that `rc2` comes before `rc10`.
 */
function readPrerelease(rest: string): string | undefined {
  const first = numberFirstPattern.exec(rest);
  if (first !== null) return prereleaseText(first[1], first[2]);
  for (const pattern of [wordPattern, letterPattern, milestonePattern, behindDistributionPattern]) {
    const match = pattern.exec(rest);
    if (match !== null) return prereleaseText(match[1], match[2]);
  }
  return undefined;
}

/** Compares by code units: the same on every machine, whatever its language. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Compares by file, line and column; what has no place comes last. */
function comparePlaces(one: Place | undefined, other: Place | undefined): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return (
    compareText(one.file, other.file) || (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0)
  );
}

/** The rules sorted by place. */
export function sortRules(rules: Iterable<Rule>): readonly Rule[] {
  return [...rules].sort((one, other) => comparePlaces(one.place, other.place) || one.index - other.index);
}

/** The problems sorted by place, then by what they say. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const content = ({ code, value, message, hint }: Problem) => [code, value, message, hint].join('\n');
  return [...problems].sort(
    (one, other) => comparePlaces(one.place, other.place) || compareText(content(one), content(other)),
  );
}
