import type { Digest, ImageName } from '../core/names.ts';
import type { GroupState } from '../plan/types.ts';

/** One way in which a destination differs from the lockfile. */
export type Drift =
  | { readonly kind: 'missing'; readonly image: ImageName; readonly tag: string; readonly wanted: Digest }
  | {
      readonly kind: 'different';
      readonly image: ImageName;
      readonly tag: string;
      readonly wanted: Digest;
      readonly seen: Digest;
    }
  | { readonly kind: 'extra'; readonly image: ImageName; readonly tag: string };

/** The tags that are missing or differ, in the lockfile's order. Pure. */
export function findDrift(states: readonly GroupState[]): Drift[] {
  return states.flatMap(({ image, tags }) =>
    tags
      .filter(({ seen, wanted }) => seen !== wanted)
      .map(
        ({ tag, wanted, seen }): Drift =>
          seen === undefined
            ? { kind: 'missing', image, tag, wanted }
            : { kind: 'different', image, tag, wanted, seen },
      ),
  );
}

/** The tags of a repository that the lockfile does not name, sorted and each once. `listed` may be absent (no such repository). */
export function findExtra(
  image: ImageName,
  locked: ReadonlySet<string>,
  listed: readonly string[] | undefined,
): Drift[] {
  return [...new Set(listed ?? [])]
    .filter((tag) => !locked.has(tag))
    .sort()
    .map((tag) => ({ kind: 'extra', image, tag }));
}
