import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import { type Digest, type ImageName, parseDigest, type Tag } from '../core/names.ts';
import { UserError } from '../core/problem.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import { type LockedGroup, type LockedImage, lockedGroups } from '../lock/types.ts';
import type { GroupState, HeadDigest, TagState } from './types.ts';

/** The code of a registry's 5xx, tried again often enough. */
const failedCode = 'registry/server';
/** A digest that nobody has. */
const nobodys = parseDigest(`sha256:${'0'.repeat(64)}`);

/**
 * Asks a destination for each locked tag by HEAD, and for the digest of a group where no tag has it; of an image without
 * any tag there, only for the first digest, unless that is there. The question bounds how many run at once. A refused request is an error, never "absent". A tag or digest to which a destination
 * answers 5xx, while it answers for others, is broken: it holds back nothing else.
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
  const asking = askedAbout(head);
  const lookAtTag = async (image: ImageName, tag: Tag, wanted: Digest): Promise<TagState> => {
    const seen = await asking.ask(image, tag);
    task.advance(1, `${image}:${tag}`, { failed: seen.broken !== undefined });
    return { image, tag, wanted, ...seen };
  };
  const lookAtTags = async (image: ImageName, group: LockedGroup): Promise<SeenTags> => ({
    group,
    tags: await Promise.all(group.tags.map((tag) => lookAtTag(image, tag, group.digest))),
  });
  const lookAt = async (image: ImageName, { group, tags }: SeenTags, asks: boolean): Promise<GroupState> => {
    const { digest, index } = group;
    const isTagged = tags.some(({ seen }) => seen === digest);
    const { seen, broken } = isTagged ? { seen: digest } : asks ? await asking.ask(image, digest) : {};
    return { ...{ image, digest, present: seen !== undefined }, ...defined({ broken, index }), tags };
  };
  const lookAtImage = async (image: LockedImage): Promise<GroupState[]> => {
    const seen = await Promise.all(lockedGroups(image).map((group) => lookAtTags(image.image, group)));
    const hasTags = seen.some(({ tags }) => tags.some((tag) => tag.seen !== undefined || tag.broken !== undefined));
    // A manifest is put with its tag: where none of the tags is there, one question tells whether any manifest is.
    const [first, ...others] = hasTags ? [] : seen;
    if (first === undefined) return Promise.all(seen.map((each) => lookAt(image.image, each, true)));
    const state = await lookAt(image.image, first, true);
    const asks = state.present || state.broken !== undefined;
    return [state, ...(await Promise.all(others.map((each) => lookAt(image.image, each, asks))))];
  };
  const refuse = (image: LockedImage, error: unknown): GroupState[] => {
    if (onUnseen === undefined || !(error instanceof UserError)) throw error;
    onUnseen(image, error);
    return [];
  };
  const states = await Promise.all(
    images.map(async (image) => {
      try {
        return await lookAtImage(image);
      } catch (error) {
        return refuse(image, error);
      }
    }),
  );
  task.end();
  if (await asking.answers()) return states.flat();
  return images.flatMap((image, index) => {
    const failure = asking.failures.get(image.image);
    return failure === undefined ? (states[index] ?? []) : refuse(image, failure);
  });
}

/** A group, and what was seen of its tags. */
interface SeenTags {
  readonly group: LockedGroup;
  readonly tags: readonly TagState[];
}

/** Asks by HEAD, and keeps apart what fails by itself and what fails with everything else. */
function askedAbout(head: HeadDigest) {
  const failures = new Map<ImageName, UserError>();
  let answered = 0;
  return {
    /** The 5xx by image, the first of each. */
    failures,
    async ask(image: ImageName, reference: Tag | Digest): Promise<Pick<TagState, 'seen' | 'broken'>> {
      const asked = await attempt(() => head(image, reference));
      if (!asked.ok && asked.code !== failedCode) throw asked.error;
      if (asked.ok) answered += 1;
      else if (!failures.has(image)) failures.set(image, asked.error);
      return asked.ok ? { seen: asked.value } : { seen: undefined, broken: asked.problem };
    },
    /** Whether the destination answers at all; asks it once more where all that was asked has failed. */
    async answers(): Promise<boolean> {
      const [first] = failures.keys();
      if (first === undefined || answered > 0) return true;
      return (await attempt(() => head(first, nobodys))).ok;
    },
  };
}
