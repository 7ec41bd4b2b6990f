import { type Digest, type ImageName, isTag, type Tag } from '../core/names.ts';
import { isIndex, parseIndex } from '../registry/manifest-types.ts';
import type { PrunePorts } from './types.ts';

/** What needs a digest: a tag, or an index of which it is a child. */
export interface User {
  /** In words, such as `alpine:3.20`. */
  readonly name: string;
  /** Absent of an index. */
  readonly tag?: Tag;
}

/** What uses the digests of one repository. */
export interface Usage {
  /** What else than these tags needs a digest: all other tags on it, or else an index. */
  usersOf(digest: Digest, going: ReadonlySet<string>): Promise<readonly User[]>;
}

/**
 * Looks at a whole repository of a destination: each tag by HEAD, and for a digest that is not an index each index that is
 * tagged by GET, since the digest may be a child of it.
 */
export function usageOf(image: ImageName, listed: readonly string[], ports: PrunePorts): Usage {
  let tagged: Promise<ReadonlyMap<Tag, Digest>> | undefined;
  let parents: Promise<ReadonlyMap<Digest, Digest>> | undefined;
  return {
    async usersOf(digest, going) {
      tagged ??= digestsOf(image, listed, ports);
      const tags = await tagged;
      const others = [...tags].filter(([name, at]) => at === digest && !going.has(name));
      if (others.length > 0) return others.map(([tag]) => ({ name: `${image}:${tag}`, tag }));
      const manifest = await ports.get(image, digest);
      if (manifest === undefined || isIndex(manifest.mediaType)) return [];
      parents ??= parentsOf(image, new Set(tags.values()), ports);
      const parent = (await parents).get(digest);
      return parent === undefined ? [] : [{ name: `${image}@${parent}` }];
    },
  };
}

async function digestsOf(image: ImageName, listed: readonly string[], { head }: PrunePorts) {
  const pairs = await Promise.all(
    listed.filter(isTag).map(async (tag): Promise<[Tag, Digest | undefined]> => [tag, await head(image, tag)]),
  );
  return new Map(pairs.filter((pair): pair is [Tag, Digest] => pair[1] !== undefined));
}

/** Which index has a manifest as a child. */
async function parentsOf(image: ImageName, digests: ReadonlySet<Digest>, { get }: PrunePorts) {
  const parents = new Map<Digest, Digest>();
  for (const digest of digests) {
    const manifest = await get(image, digest);
    if (manifest === undefined || !isIndex(manifest.mediaType)) continue;
    for (const child of parseIndex(manifest.bytes).children) parents.set(child.digest, digest);
  }
  return parents;
}
