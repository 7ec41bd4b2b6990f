import type { Digest, Tag } from '../core/names.ts';
import { type LockedGroup, type LockedImage, lockedGroups, tagDigests } from '../lock/types.ts';

/** What a person reads in a pull request, in groups. */
export interface Reading {
  /** Groups with a new tag. */
  readonly releases: number;
  /** Groups with another digest and the same tags. */
  readonly rebuilds: number;
  /** Groups of which no tag is left, and that no release of the same series replaces. */
  readonly endings: number;
}

const nothing: Reading = { releases: 0, rebuilds: 0, endings: 0 };

/** Counts what changes in an image from one lockfile to the next. Pure. */
export function readingOf(before: LockedImage | undefined, after: LockedImage | undefined): Reading {
  if (before === after) return nothing;
  const [oldTags, freshTags] = [tagDigests(before), tagDigests(after)];
  const old = lockedGroups(before).filter((group) => !isIn(freshTags, group));
  const fresh = lockedGroups(after).filter((group) => !isIn(oldTags, group));
  const digests = new Map(old.map((group) => [nameOf(group), group.digest]));
  const releases = fresh.filter(({ tags }) => tags.some((tag) => !oldTags.has(tag)));
  const rebuilds = fresh.filter((group) => (digests.get(nameOf(group)) ?? group.digest) !== group.digest);
  const series = new Set(releases.map(seriesOf));
  const gone = old.filter(({ tags }) => tags.every((tag) => !freshTags.has(tag)));
  const endings = gone.filter((group) => !series.has(seriesOf(group)));
  return { releases: releases.length, rebuilds: rebuilds.length, endings: endings.length };
}

/** The sum of what several images give to read. */
export function sumOfReadings(readings: readonly Reading[]): Reading {
  return readings.reduce(
    (sum, one) => ({
      releases: sum.releases + one.releases,
      rebuilds: sum.rebuilds + one.rebuilds,
      endings: sum.endings + one.endings,
    }),
    nothing,
  );
}

/** Whether all tags of a group have its digest. */
function isIn(digests: ReadonlyMap<Tag, Digest>, { tags, digest }: LockedGroup): boolean {
  return tags.every((tag) => digests.get(tag) === digest);
}

function nameOf({ tags }: LockedGroup): string {
  return [...tags].sort().join(' ');
}

/** The most exact tag of a group without the last number of its version: `1.26.5-alpine` is of the series `1.26.-alpine`. */
function seriesOf({ tags }: LockedGroup): string {
  const exact = tags.reduce((one, other) => (numbersOf(other) > numbersOf(one) ? other : one));
  return exact.replace(leadingVersion, '$1');
}

const leadingVersion = /^(v?(?:\d+\.)+)\d+/;

/** How many numbers the version has that a tag begins with. */
function numbersOf(tag: Tag): number {
  return leadingVersion.exec(tag)?.[0].split('.').length ?? 0;
}
