import { createHash } from 'node:crypto';
import type { Tag } from '../core/names.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import { isPending, type LockedImage, type Lockfile, tagDigests } from '../lock/types.ts';
import { lockSections, readSection } from './lock-sections.ts';
import type { DroppedTag, LockVersion } from './types.ts';

/**
 * Finds the tags that earlier lockfiles named and `current` does not, each with the digest that it had last and the time
 * at which it left. A tag that is pending today is not dropped.
 *
 * @param versions the history, the newest first, beginning with `current` itself
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
        if (known.has(tag) || left === undefined) continue;
        known.add(tag);
        dropped.push({ image: image.image, tag, digest, left });
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

/** The images of a version of which no newer one had the same text: another one's tags are settled already. */
function changedImages({ commit, text }: LockVersion, read: Set<string>): LockedImage[] {
  const file = `${commit.slice(0, 12)}:${lockfileName}`;
  const sections = lockSections(text);
  if (sections === undefined) return [...parseLockfile(text, file).images];
  return [...sections.values()].flatMap((section) => {
    const key = createHash('sha256').update(section).digest('base64');
    if (read.has(key)) return [];
    read.add(key);
    return readSection(section, file) ?? [];
  });
}

function namedTags(image: LockedImage): Set<Tag> {
  return new Set(image.entries.flatMap((entry) => (isPending(entry) ? entry.pending : entry.tags)));
}
