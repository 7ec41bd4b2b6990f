import {
  type Alternatives,
  type Comparator,
  compareVersions,
  parseRange,
  type Version,
} from '../config/version-range.ts';
import type { TagVersion } from './tag-version.ts';

/** A range that remembers its answers: the same few versions come again and again in an image's tags. */
export interface VersionRange {
  readonly text: string;
  /** Whether the range holds `version`: of a release, every version that begins so. */
  holds(version: TagVersion): boolean;
  /** Whether the range holds one of the versions that `version` stands for. */
  holdsSome(version: TagVersion): boolean;
  /** Whether only the rule that a range must name a pre-release keeps `version` out. */
  holdsButForPrerelease(version: TagVersion): boolean;
}

/** Reads `text` as `parseRange` does. Throws a TypeError for what is not a range: mirrors.yaml was checked before. */
export function versionRange(text: string): VersionRange {
  const range = parseRange(text);
  if (range === undefined) throw new TypeError(`Not a range of versions: ${text}`);
  const answers = new Map<string, boolean>();
  return {
    text,
    holds(version) {
      const known = answers.get(version.text);
      if (known !== undefined) return known;
      const answer = meantBy(version, range).every((one) => holdsOne(range, one));
      answers.set(version.text, answer);
      return answer;
    },
    holdsSome: (version) => meantBy(version, range).some((one) => holdsOne(range, one)),
    holdsButForPrerelease: (version) =>
      version.prerelease !== undefined &&
      !holdsOne(range, version) &&
      [version, { numbers: version.numbers }].some((one) => range.some((conditions) => meetsAll(conditions, one))),
  };
}

/**
 * The versions at which the answer for those that begin with `version` can change: the lowest, and each that the range names.
 * (Each `||` part by itself would find `3` outside of `<3.6 || >=3.6`.)
 */
function meantBy(version: Version, range: Alternatives): readonly Version[] {
  if (version.prerelease !== undefined) return [version];
  const { numbers } = version;
  const named = range.flat().map((comparator) => comparator.version.numbers);
  const own = named.filter((other) => numbers.every((number, index) => number === (other[index] ?? 0)));
  return [numbers, ...own].map((release) => ({ numbers: release }));
}

/** As in npm, a pre-release is only in conditions of which one names a pre-release of the same version. */
function holdsOne(range: Alternatives, version: Version): boolean {
  return range.some(
    (conditions) =>
      meetsAll(conditions, version) &&
      (version.prerelease === undefined || conditions.some((condition) => namesPrerelease(condition, version))),
  );
}

function namesPrerelease({ version }: Comparator, { numbers }: Version): boolean {
  return version.prerelease !== undefined && compareVersions({ numbers: version.numbers }, { numbers }) === 0;
}

function meetsAll(conditions: readonly Comparator[], version: Version): boolean {
  return conditions.every((comparator) => {
    const order = compareVersions(version, comparator.version);
    switch (comparator.operator) {
      case '<':
        return order < 0;
      case '<=':
        return order <= 0;
      case '>':
        return order > 0;
      default:
        return order >= 0;
    }
  });
}
