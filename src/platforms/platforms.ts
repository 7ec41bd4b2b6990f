import { type KeepRules, platformsKept } from '../config/platforms.ts';
import type { Digest, ImageName } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import type { Progress } from '../core/progress.ts';
import { isPending, type Lockfile, lockedGroups } from '../lock/types.ts';
import type { ResolvedImage, SeenIndex } from '../resolve/types.ts';
import type { SelectedImage } from '../select/types.ts';
import { absentPlatforms, withAnnounced } from './announced.ts';
import { type KeepPorts, keepChildren } from './choose-children.ts';
import { holdBack } from './hold-back.ts';

/** What a lock does about the platforms that the configuration keeps, in the order of its methods. */
export interface PlatformStage {
  /** Leaves out the groups of which upstream announces no platform that is kept, with a warning for each image. */
  announced(images: readonly SelectedImage[]): { readonly images: SelectedImage[]; readonly warnings: Problem[] };
  /** Chooses the children of each index. Reads the indexes that the earlier lockfile does not know enough of. Throws as {@link keepChildren} does. */
  choose(
    images: readonly ResolvedImage[],
    read: KeepPorts['read'],
    options?: { readonly progress?: Progress; readonly signal?: AbortSignal },
  ): Promise<ResolvedImage[]>;
  /** Leaves the tags where they are that would lose a platform which upstream announces and has not published yet. */
  holdBack(images: readonly ResolvedImage[]): {
    readonly images: readonly ResolvedImage[];
    readonly warnings: Problem[];
  };
  /** Warnings of the indexes that `choose` could not use: their groups wait, and locked tags stay where they are. */
  unusable(): readonly Problem[];
}

/** The platforms stage of one lock. `previous`: the lockfile so far, which tells of indexes and of where tags are. */
export function platformStage(rules: KeepRules, previous: Lockfile | undefined): PlatformStage {
  const platformsOf = (image: ImageName) => platformsKept(rules, image);
  const unusable: Problem[] = [];
  const onUnusable = (problem: Problem) => void unusable.push({ ...problem, severity: 'warning', hint: unusableHint });
  return {
    announced: (images) => withAnnounced(images, rules),
    choose: (images, read, options) =>
      keepChildren(images, { platformsOf, known: knownIndexes(previous), read }, { ...options, onUnusable }),
    holdBack(images) {
      const held = holdBack(images, previous, platformsOf);
      return { images: held.images, warnings: [...absentPlatforms(held.images, rules), ...held.warnings] };
    },
    unusable: () => unusable,
  };
}

const unusableHint = 'Its tags wait, and stay at their locked digest: upstream has to publish another index.';

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
        const isWhole = source === digest;
        const without = isWhole ? [] : (index?.without ?? []);
        known.set(`${image.image} ${source}`, { children: index?.children ?? [], without, isWhole });
      }
    }
  }
  return (image, digest) => known.get(`${image} ${digest}`);
}
