import { defined } from '../core/defined.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import { inOrder } from '../resolve/children.ts';
import type { KeptIndex, ResolvedImage } from '../resolve/types.ts';
import { type LockEntry, type LockedGroup, type LockedImage, type Lockfile, lockedGroups } from './types.ts';
import { type IsWanted, keepWanted } from './wanted-tags.ts';

/** What a lockfile is made from besides the groups. */
export interface LockInputs {
  readonly configHash: string;
  readonly upstream: { readonly repository: string; readonly commit: string };
  readonly previous: Lockfile | undefined;
  /** Images whose library file was refused: those of their locked tags that are wanted stay as they are. */
  readonly refused: ReadonlySet<string>;
  readonly wants: IsWanted;
}

/**
 * Makes a lockfile of resolved groups and the lockfile before it. Pure: the same inputs give the same lockfile in any
 * order of arrival. A tag whose new group is pending stays at the digest that it had; groups of one image that turn out
 * to share a digest are one; a tag that upstream no longer lists is gone.
 */
export function assembleLockfile(resolved: readonly ResolvedImage[], inputs: LockInputs): Lockfile {
  const before = new Map((inputs.previous?.images ?? []).map((image) => [image.image, image]));
  const images = new Map<ImageName, LockedImage>();
  for (const image of resolved) {
    const locked = lockImage(image, before.get(image.image));
    if (locked.entries.length > 0) images.set(image.image, locked);
  }
  for (const image of before.values()) {
    const kept = keepWanted(image, inputs.wants);
    if (inputs.refused.has(image.image) && kept.entries.length > 0) images.set(image.image, kept);
  }
  return {
    configHash: inputs.configHash,
    upstream: inputs.upstream,
    images: [...images.values()].sort((a, b) => (a.image < b.image ? -1 : 1)),
  };
}

/** The entries of one image; see {@link assembleLockfile}. */
function lockImage(resolved: ResolvedImage, before: LockedImage | undefined): LockedImage {
  const held = new Map(lockedGroups(before).flatMap((group) => group.tags.map((tag) => [tag, group] as const)));
  const entries: (Gathered | LockEntry)[] = [];
  const byDigest = new Map<Digest, Gathered>();
  const put = (tag: Tag, { digest, index }: Pick<LockedGroup, 'digest' | 'index'>) => {
    const known = byDigest.get(digest);
    const group = known ?? { digest, tags: [], indexes: new Set() };
    if (index !== undefined) group.indexes.add(index);
    group.tags.push(tag);
    if (known !== undefined) return;
    byDigest.set(digest, group);
    entries.push(group);
  };
  for (const { digest, index, seen, wanted } of resolved.groups) {
    if (digest === undefined) entries.push({ pending: wanted, ...defined({ seen }) });
    for (const tag of wanted) {
      const at = digest === undefined ? held.get(tag) : { digest, ...defined({ index }) };
      if (at !== undefined) put(tag, at);
    }
  }
  return { image: resolved.image, entries: entries.map((entry) => ('indexes' in entry ? asGroup(entry) : entry)) };
}

/** A group of which more tags may come, from other groups of upstream that have the same digest. */
interface Gathered {
  readonly digest: Digest;
  readonly tags: Tag[];
  readonly indexes: Set<KeptIndex>;
}

/** Equal digests have equal children; what they were made from may differ. */
function asGroup({ digest, tags, indexes }: Gathered): LockedGroup {
  const [first, ...more] = indexes;
  if (first === undefined) return { digest, tags };
  if (more.length === 0) return { digest, tags, index: first };
  const all = [first, ...more];
  return {
    digest,
    tags,
    index: {
      sources: [...new Set(all.flatMap(({ sources }) => sources))],
      without: inOrder(all.flatMap(({ without }) => without)),
      children: first.children,
    },
  };
}
