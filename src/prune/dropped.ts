import { createHash } from 'node:crypto';
import type { Tag } from '../core/names.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
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

/** The parts of a lockfile's text that are about one image each, by the image's name. */
type LockSections = ReadonlyMap<string, string>;

const zeros = '0'.repeat(64);
const head = `version: 1\nconfig: sha256:${zeros}\nupstream:\n  repository: none\n  commit: "${zeros.slice(24)}"\nimages:\n`;

/**
 * Takes a lockfile apart by the lines that begin an image, as the writer has them: a history has thousands of versions,
 * and most of each is what it was before. `undefined` for a text that was written in another way.
 */
export function lockSections(text: string): LockSections | undefined {
  const at = text.indexOf('\nimages:\n');
  if (at < 0) return undefined;
  const sections = new Map<string, string>();
  let name: string | undefined;
  let start = 0;
  const body = text.slice(at + '\nimages:\n'.length);
  for (const match of body.matchAll(/^ {0,2}(\S.*)$/gm)) {
    if (name !== undefined) sections.set(name, body.slice(start, match.index));
    name = /^ {2}([a-z0-9._-]+):$/.exec(match[0])?.[1];
    if (name === undefined || sections.has(name)) return undefined;
    start = match.index;
  }
  if (name !== undefined) sections.set(name, body.slice(start));
  return sections;
}

/** Reads one section, strictly as a lockfile is read. @throws UserError as `parseLockfile` does */
export function readSection(section: string, file: string): LockedImage | undefined {
  return parseLockfile(head + section, file).images[0];
}
