import type { ImageDiff } from '../diff/types.ts';

/** What a person reads in a pull request, by the words of `changes`. */
export interface Reading {
  /** Groups that take the place of a group of another version. */
  readonly releases: number;
  /** Groups with another digest and the same tags. */
  readonly rebuilds: number;
  /** Lines under "Look at first" that are never cut: a series that ended, an image that is gone, an image whose floating tags left. */
  readonly endings: number;
}

const nothing: Reading = { releases: 0, rebuilds: 0, endings: 0 };

/** Counts what a pull request says of an image that changed; of one that did not, nothing. Pure. */
export function readingOf(diff: ImageDiff | undefined): Reading {
  if (diff === undefined) return nothing;
  const { releases, rebuilt, ended, floating, gone } = diff;
  const endings = gone ? 1 : ended.length + (floating.length > 0 ? 1 : 0);
  return { releases: releases.length, rebuilds: rebuilt.length, endings };
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
