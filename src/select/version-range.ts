import semver from 'semver';
import { respellPrereleases } from './prerelease.ts';
import type { TagVersion } from './tag-version.ts';

/** A semver range that remembers its answers: the same few versions come again and again in an image's tags. */
export interface VersionRange {
  readonly text: string;
  /** Whether the range holds `version`, or where that is partial, every release that it stands for. */
  holds(version: TagVersion): boolean;
  /** Whether only semver's rule that a range must name a pre-release keeps `version` out. */
  holdsButForPrerelease(version: TagVersion): boolean;
}

/** Reads `text` as npm's semver does, leniently (`>=22.04`). Throws semver's TypeError for what is no range. */
export function versionRange(text: string): VersionRange {
  const range = new semver.Range(respellPrereleases(text), { loose: true });
  const lenient = new semver.Range(range.raw, { loose: true, includePrerelease: true });
  const answers = new Map<string, boolean>();
  return {
    text,
    holds(version) {
      const known = answers.get(version.text);
      if (known !== undefined) return known;
      const answer = version.precision === 3 ? range.test(version.lowest) : holdsEveryRelease(range, version);
      answers.set(version.text, answer);
      return answer;
    },
    holdsButForPrerelease: (version) =>
      version.lowest.prerelease.length > 0 && !range.test(version.lowest) && lenient.test(version.lowest),
  };
}

/**
 * Whether the range holds all releases that a partial version stands for. It can change its mind only at a version that it
 * names, so it is enough to ask at the lowest, at each of those, and right after. (semver.subset compares with each `||`
 * part by itself, and would find `3` outside of `<3.6 || >=3.6`.)
 */
function holdsEveryRelease(range: semver.Range, version: TagVersion): boolean {
  const named = range.set.flat().flatMap((comparator) => turningPoints(comparator.semver));
  return [version.lowest, ...named.filter((release) => standsFor(version, release))].every((release) =>
    range.test(release),
  );
}

function turningPoints(named: semver.SemVer): semver.SemVer[] {
  if (!(named instanceof semver.SemVer)) return []; // `*` names none
  const { major, minor, patch } = named;
  return [patch, patch + 1]
    .filter((number) => Number.isSafeInteger(number))
    .map((number) => new semver.SemVer(`${major}.${minor}.${number}`, { loose: true }));
}

function standsFor(version: TagVersion, release: semver.SemVer): boolean {
  return release.major === version.lowest.major && (version.precision === 1 || release.minor === version.lowest.minor);
}
