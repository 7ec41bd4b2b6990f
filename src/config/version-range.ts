import semver from 'semver';
import { defined } from '../core/defined.ts';

/** A version of any number of parts. Parts that it does not have count as 0. */
export interface Version {
  readonly numbers: readonly number[];
  /** As semver writes it, such as `rc.1`; absent: a release. */
  readonly prerelease?: string;
}

/** One condition of a range. */
export interface Comparator {
  readonly operator: '<' | '<=' | '>' | '>=';
  readonly version: Version;
}

/** A range in its normal form: alternatives, of which one must hold; each is conditions, all of which must. */
export type Alternatives = readonly (readonly Comparator[])[];

/** The words that make a version a pre-release, and letters and numbers as they stand behind those. */
export const prereleaseWords = 'alpha|beta|rc|preview|pre|dev|ea|snapshot|nightly';
export const prereleaseNumber = String.raw`\d+(?:\.\d+)*`;

/** Which of two versions comes first: part by part, and a pre-release before its release. */
export function compareVersions(one: Version, other: Version): number {
  const length = Math.max(one.numbers.length, other.numbers.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (one.numbers[index] ?? 0) - (other.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (one.prerelease === other.prerelease) return 0;
  if (one.prerelease === undefined || other.prerelease === undefined) return one.prerelease === undefined ? 1 : -1;
  return semver.compare(`0.0.0-${one.prerelease}`, `0.0.0-${other.prerelease}`);
}

/** Joins the parts of a pre-release as semver does: in lower case, without leading zeros. */
export function prereleaseText(...parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined && part !== '')
    .join('.')
    .toLowerCase()
    .replace(/(?<=^|\.)0+(?=\d)/g, '');
}

/**
 * Reads a range as npm writes it (`>=22.04`, `^1.26`, `3.12 - 3.14`, `<2 || >=4`), of versions with any number of parts; gives
 * `undefined` where it is not one. A version in it stands for all that begin so, as `1.2` does in npm: `1.2.3.4` is in
 * `1.2.3` and in `<=1.2.3`, and not in `>1.2.3`.
 */
export function parseRange(text: string): Alternatives | undefined {
  const alternatives = text.split('||').map(readAlternative);
  return alternatives.every((alternative) => alternative !== undefined) ? alternatives : undefined;
}

function readAlternative(text: string): readonly Comparator[] | undefined {
  const ends = text.trim().split(/\s+-\s+/);
  const parts =
    ends.length === 2
      ? [`>=${ends[0]}`, `<=${ends[1]}`]
      : text
          .trim()
          .replace(/([<>=~^])\s+/g, '$1')
          .split(/\s+/);
  if (ends.some((end) => ends.length > 1 && /^[<>=~^]/.test(end))) return undefined;
  const read = parts.map(readCondition);
  return read.every((comparators) => comparators !== undefined) ? read.flat() : undefined;
}

const conditionPattern = /^([<>]=?|~>?|\^|={0,2})v?(\d+(?:\.\d+)*)?((?:(?:^|\.|(?<=[<>=~^v]))[xX*](?:\.[xX*])*)?)(.*)$/;

/** Reads one condition of a range, such as `>=3.12` or `1.x`. */
function readCondition(text: string): readonly Comparator[] | undefined {
  const [, operator = '', digits = '', wildcard = '', rest = ''] = conditionPattern.exec(text) ?? [];
  const numbers = digits === '' ? [] : digits.split('.').map(Number);
  if ((digits === '' && wildcard === '') || !numbers.every(Number.isSafeInteger)) return undefined;
  if (rest !== '') {
    const prerelease = wildcard === '' ? readPrerelease(rest, operator, numbers.length) : undefined;
    if (prerelease === undefined) return undefined;
    const full = [...numbers, 0, 0].slice(0, Math.max(3, numbers.length));
    return ofPrerelease(operator, { numbers: full, prerelease });
  }
  if (numbers.length > 0) return ofRelease(operator, numbers);
  return operator === '<' || operator === '>' ? undefined : [];
}

/** `-rc.1`, `rc1`, `-a.7`, `-95.2.beta`; `-0` comes before each other one, so that it names all of them. */
const prereleasePattern = new RegExp(
  `^(?:[-.]?(${prereleaseWords}|[abm])(?:[-.]?(${prereleaseNumber}))?|-(${prereleaseNumber})\\.(${prereleaseWords})|-(\\d+))$`,
  'i',
);

function readPrerelease(text: string, operator: string, behind: number): string | undefined {
  const match = prereleasePattern.exec(text);
  // Behind fewer than three numbers only as tags write it, `1.27rc2`: `3.12-3` is more often a range.
  if (behind < 3 && match?.[2] === undefined) return undefined;
  // `1.2.3-5` alone is more often a range with a space too few than a fifth pre-release.
  if (match === null || (match[5] !== undefined && /^=*$/.test(operator))) return undefined;
  return prereleaseText(...match.slice(1));
}

function ofPrerelease(operator: string, version: Version): readonly Comparator[] {
  if (operator.startsWith('<') || operator.startsWith('>')) {
    return [{ operator: operator as Comparator['operator'], version }];
  }
  const from: Comparator = { operator: '>=', version };
  if (operator.startsWith('^') || operator.startsWith('~')) {
    return [from, before(operator.startsWith('^') ? compatible(version.numbers) : version.numbers.slice(0, 2))];
  }
  return [from, { operator: '<=', version }];
}

/** `numbers` stand for all versions that begin so. */
function ofRelease(operator: string, numbers: readonly number[]): readonly Comparator[] {
  const from: Comparator = { operator: '>=', version: { numbers } };
  switch (operator) {
    case '>=':
      return [from];
    case '>':
      return [{ operator: '>=', version: { numbers: next(numbers) } }];
    case '<':
      // As in npm: `<1.2` holds no pre-release of 1.2.0, and `<1.2.0` holds those that the range names.
      return [
        { operator: '<', version: { numbers, ...defined({ prerelease: numbers.length < 3 ? '0' : undefined }) } },
      ];
    case '<=':
      return [before(numbers)];
    case '^':
      return [from, before(compatible(numbers))];
    case '~':
    case '~>':
      return [from, before(numbers.slice(0, 2))];
    default:
      return [from, before(numbers)];
  }
}

/** What `^` leaves as it is: all up to the first number that is not 0. */
function compatible(numbers: readonly number[]): readonly number[] {
  const first = numbers.findIndex((number) => number > 0);
  return first === -1 ? numbers : numbers.slice(0, first + 1);
}

/** Not after the versions that begin with `numbers`, nor at a pre-release of the next one. */
function before(numbers: readonly number[]): Comparator {
  return { operator: '<', version: { numbers: next(numbers), prerelease: '0' } };
}

function next(numbers: readonly number[]): readonly number[] {
  return [...numbers.slice(0, -1), (numbers.at(-1) ?? 0) + 1];
}
