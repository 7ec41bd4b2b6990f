import type { ImageName } from '../core/names.ts';
import { UserError } from '../core/problem.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import { type LockedGroup, type LockedImage, lockedGroups } from '../lock/types.ts';
import type { GroupState, HeadDigest } from './types.ts';

/**
 * Asks a destination for each locked tag by HEAD, and for the digest of a group where no tag has it. The question
 * bounds how many run at once. A refused request is an error, never "absent".
 *
 * @param onUnseen told of each image about which a question failed as a user can reach it; the others are looked at all
 *   the same. Absent: the error is thrown
 */
export async function look(
  images: readonly LockedImage[],
  head: HeadDigest,
  progress: Progress = noProgress,
  onUnseen?: (image: LockedImage, error: UserError) => void,
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
  const lookAtImage = async (image: LockedImage): Promise<GroupState[]> => {
    try {
      return await Promise.all(lockedGroups(image).map((group) => lookAt(image.image, group)));
    } catch (error) {
      if (onUnseen === undefined || !(error instanceof UserError)) throw error;
      onUnseen(image, error);
      return [];
    }
  };
  const states = await Promise.all(images.map(lookAtImage));
  task.end();
  return states.flat();
}
