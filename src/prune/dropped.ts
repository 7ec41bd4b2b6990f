import { createHash } from 'node:crypto';
import type { Tag } from '../core/names.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import { scanImage, splitLockfile } from '../lock/scan.ts';
import { isPending, type LockedImage, type Lockfile, tagDigests } from '../lock/types.ts';
import type { DroppedTag, LockVersion } from './types.ts';

/**
 * Finds the tags that applied lockfiles named and neither `current` nor the one applied last does, each with the digest that
 * it had last and the time from which it was left out. A tag that is pending today is not dropped.
 *
 * @param versions the lockfiles that were applied, the newest first
 * @throws UserError for a version that cannot be read: what a tag had is then not known
 */
export async function findDropped(
  versions: AsyncIterable<LockVersion> | Iterable<LockVersion>,
  current: Lockfile,
): Promise<DroppedTag[]> {
  const settled = new Map(current.images.map((image) => [image.image as string, namedTags(image)]));
  const read = new Set<string>();
  const dropped: DroppedTag[] = [];
  let left: number | undefined;
  for await (const version of versions) {
    for (const image of changedImages(version, read)) {
      const known = settled.get(image.image) ?? new Set<Tag>();
      settled.set(image.image, known);
      for (const [tag, digest] of tagDigests(image)) {
        if (known.has(tag)) continue;
        known.add(tag);
        // What was applied last and is not in `current` has not left the destination yet.
        if (left !== undefined) dropped.push({ image: image.image, tag, digest, left });
      }
    }
    left = version.time;
  }
  return dropped.sort(byAge);
}

/** The oldest first; then by name. */
export function byAge(one: DroppedTag, other: DroppedTag): number {
  return one.left - other.left || (`${one.image}:${one.tag}` < `${other.image}:${other.tag}` ? -1 : 1);
}

/**
 * The images of a version of which no newer one had the same text: another one's tags are settled already. A history has
 * thousands of versions, and most of each is what it was before.
 */
function changedImages({ commit, text }: LockVersion, read: Set<string>): readonly LockedImage[] {
  const whole = () => parseLockfile(text, `${commit.slice(0, 12)}:${lockfileName}`).images;
  const sections = splitLockfile(text);
  if (sections === undefined) return whole();
  const images: LockedImage[] = [];
  for (const [name, lines] of sections.images) {
    const key = createHash('sha256').update(`${name}\n${lines}`).digest('base64');
    if (read.has(key)) continue;
    const image = scanImage(name, lines);
    // In another form than the writer's, or wrong: the parser reads it, or says what is wrong.
    if (image === undefined) return whole();
    read.add(key);
    images.push(image);
  }
  return images;
}

function namedTags(image: LockedImage): Set<Tag> {
  return new Set(image.entries.flatMap((entry) => (isPending(entry) ? entry.pending : entry.tags)));
}
