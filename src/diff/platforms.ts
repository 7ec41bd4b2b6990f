import { groupBy } from '../core/group-by.ts';
import type { Digest, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import { groupPlatforms, type LockedImage, lockedGroups } from '../lock/types.ts';
import type { PlatformChange } from './types.ts';

/** A tag that goes from one digest to another. */
interface Step {
  readonly tag: Tag;
  readonly from: Digest;
  readonly to: Digest;
}

/** Which of an image's tags go to an index of other platforms; tags of the same change together, in order. */
export function platformChanges(
  steps: readonly Step[],
  before: LockedImage | undefined,
  after: LockedImage | undefined,
): PlatformChange[] {
  const [old, young] = [platformsByDigest(before), platformsByDigest(after)];
  const changes = steps.flatMap(({ tag, from, to }) => {
    const [had, has] = [old.get(from), young.get(to)];
    if (had === undefined || has === undefined) return [];
    const lost = had.filter((platform) => !has.includes(platform));
    const gained = has.filter((platform) => !had.includes(platform));
    return lost.length + gained.length === 0 ? [] : [{ tag, lost, gained }];
  });
  return [...groupBy(changes, ({ lost, gained }) => `${lost.join()} ${gained.join()}`).values()].flatMap((own) =>
    own.slice(0, 1).map(({ lost, gained }) => ({ tags: own.map(({ tag }) => tag), lost, gained })),
  );
}

function platformsByDigest(image: LockedImage | undefined): Map<Digest, readonly PlatformText[]> {
  return new Map(
    lockedGroups(image).flatMap((group) => {
      const platforms = groupPlatforms(group);
      return platforms === undefined ? [] : [[group.digest, platforms] as const];
    }),
  );
}
