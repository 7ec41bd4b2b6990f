import type { Digest, ImageName } from '../core/names.ts';
import type { SeenIndex } from '../resolve/types.ts';
import { isPending, type Lockfile, lockedGroups } from './types.ts';

/** What a lockfile tells of upstream's indexes, so that none is read twice. */
export function knownIndexes(
  lockfile: Lockfile | undefined,
): (image: ImageName, digest: Digest) => SeenIndex | undefined {
  const known = new Map<string, SeenIndex>();
  for (const image of lockfile?.images ?? []) {
    for (const entry of image.entries) {
      if (!isPending(entry) || entry.seen === undefined) continue;
      const { source, without, children } = entry.seen;
      known.set(`${image.image} ${source}`, { children, without, isWhole: without.length === 0 });
    }
    for (const { digest, index } of lockedGroups(image)) {
      for (const source of index?.sources ?? []) {
        // Of the index that is mirrored as it is, nothing is left out, though it may be of others that keep the same.
        const whole = source === digest;
        const without = whole ? [] : (index?.without ?? []);
        known.set(`${image.image} ${source}`, { children: index?.children ?? [], without, isWhole: whole });
      }
    }
  }
  return (image, digest) => known.get(`${image} ${digest}`);
}
