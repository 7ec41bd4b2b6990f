import type { Keep } from '../config/platforms.ts';
import type { ImageName, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import type { Problem } from '../core/problem.ts';
import { groupPlatforms, type LockedGroup, type Lockfile, lockedGroups } from '../lock/types.ts';
import { partialIndex } from '../resolve/children.ts';
import type { PartialIndex, ResolvedGroup, ResolvedImage } from '../resolve/types.ts';
import { announcedOf } from './announced.ts';
import { asPending } from './choose-children.ts';

/**
 * Takes a group for pending whose new index lacks a platform that upstream announces, that is kept, and that a tag of it
 * has now: upstream builds platform by platform, and a tag does not lose what is not published yet. Pure.
 */
export function holdBack(
  images: readonly ResolvedImage[],
  previous: Lockfile | undefined,
  platformsOf: (image: ImageName) => Keep | undefined,
): { images: ResolvedImage[]; warnings: Problem[] } {
  const before = new Map(previous?.images.map((image) => [image.image, image]));
  const warnings: Problem[] = [];
  const held = images.map(({ image, groups }): ResolvedImage => {
    const keep = platformsOf(image);
    if (keep === undefined) return { image, groups };
    const locked = new Map(
      lockedGroups(before.get(image)).flatMap((own) => own.tags.map((tag) => [tag, own] as const)),
    );
    return {
      image,
      groups: groups.map((group) => {
        const lost = lostPlatforms(group, keep, locked);
        if (lost.length === 0) return group;
        warnings.push(heldWarning(image, group, lost));
        return asPending(group, seenOf(group));
      }),
    };
  });
  return { images: held, warnings };
}

function seenOf({ digest, index }: ResolvedGroup): PartialIndex | undefined {
  const [source] = index?.sources ?? [];
  return index && source && partialIndex(source, { ...index, isWhole: source === digest });
}

function lostPlatforms(group: ResolvedGroup, keep: Keep, locked: ReadonlyMap<Tag, LockedGroup>): PlatformText[] {
  const { index, digest, wanted } = group;
  if (index === undefined || digest === undefined) return [];
  const now = groupPlatforms({ digest, tags: wanted, index }) ?? [];
  const had = new Set(wanted.flatMap((tag) => groupPlatforms(locked.get(tag)) ?? []));
  return announcedOf(group.group.platforms, keep).filter((platform) => had.has(platform) && !now.includes(platform));
}

function heldWarning(image: ImageName, { wanted }: ResolvedGroup, lost: readonly PlatformText[]): Problem {
  return {
    code: 'lock/platform-held',
    severity: 'warning',
    message: `${lost.join(', ')} is announced but not published yet; locked tags keep their digest.`,
    value: `${image}: ${wanted.join(', ')}`,
    hint: 'Upstream builds platform by platform; a later `mirrorlock lock` will find it whole.',
  };
}
