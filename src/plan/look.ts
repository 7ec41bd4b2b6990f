import type { ImageName } from '../core/names.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import { type LockedGroup, type LockedImage, lockedGroups } from '../lock/types.ts';
import type { GroupState, HeadDigest } from './types.ts';

/**
 * Asks a destination for each locked tag by HEAD, and for the digest of a group where no tag has it. The question
 * bounds how many run at once. Throws what the question throws: a refused request is an error, never "absent".
 */
export async function look(
  images: readonly LockedImage[],
  head: HeadDigest,
  progress: Progress = noProgress,
): Promise<GroupState[]> {
  const total = images.flatMap(lockedGroups).reduce((sum, { tags }) => sum + tags.length, 0);
  const task = progress.start('Looking at the destination', total);
  const lookAt = async (image: ImageName, { digest, tags, index }: LockedGroup): Promise<GroupState> => {
    const states = await Promise.all(
      tags.map(async (tag) => {
        const seen = await head(image, tag);
        task.advance(1, `${image}:${tag}`);
        return { image, tag, wanted: digest, seen };
      }),
    );
    const present = states.some(({ seen }) => seen === digest) || (await head(image, digest)) !== undefined;
    return { image, digest, present, ...(index === undefined ? {} : { index }), tags: states };
  };
  const states = await Promise.all(
    images.flatMap((image) => lockedGroups(image).map((group) => lookAt(image.image, group))),
  );
  task.end();
  return states;
}
