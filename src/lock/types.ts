import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import { platformsOf } from '../resolve/children.ts';
import type { KeptIndex, PartialIndex } from '../resolve/types.ts';

/** Tags that share one digest. */
export interface LockedGroup {
  readonly digest: Digest;
  readonly tags: readonly Tag[];
  /** What is kept of upstream's index; only where the configuration chooses. Without it all is, and the digest is upstream's. */
  readonly index?: KeptIndex;
}

/** Tags announced upstream for one image that the source does not have yet. */
export interface PendingGroup {
  readonly pending: readonly Tag[];
  /** What is known of the index that the source has, where it lacks platforms that are on their way. */
  readonly seen?: PartialIndex;
}

export type LockEntry = LockedGroup | PendingGroup;

export interface LockedImage {
  readonly image: ImageName;
  /** In upstream's order. Digests are distinct, and no tag is locked twice. */
  readonly entries: readonly LockEntry[];
}

/** mirrors.lock.yaml in memory. */
export interface Lockfile {
  /** The hash of what in mirrors.yaml decides the content. */
  readonly configHash: string;
  readonly upstream: { readonly repository: string; readonly commit: string };
  /** Sorted by name. */
  readonly images: readonly LockedImage[];
}

/** Whether the entry is pending. */
export function isPending(entry: LockEntry): entry is PendingGroup {
  return 'pending' in entry;
}

/** The locked groups of an image, those pending left out. */
export function lockedGroups(image: LockedImage | undefined): LockedGroup[] {
  return (image?.entries ?? []).filter((entry): entry is LockedGroup => !isPending(entry));
}

/** Whether the group's index is one that upstream does not have: its bytes follow from its children. */
export function isRewritten({ digest, index }: Pick<LockedGroup, 'digest' | 'index'>): boolean {
  return index !== undefined && !index.sources.includes(digest);
}

/** The platforms of a group by their usual names, where the lockfile knows them. */
export function groupPlatforms(group: LockedGroup | undefined): PlatformText[] | undefined {
  return group?.index && platformsOf(group.index.children);
}

const noDigests: ReadonlyMap<Tag, Digest> = new Map();
/** An image never changes: what was found of it once holds. */
const knownDigests = new WeakMap<LockedImage, ReadonlyMap<Tag, Digest>>();

/** Which digest each locked tag of an image has. */
export function tagDigests(image: LockedImage | undefined): ReadonlyMap<Tag, Digest> {
  if (image === undefined) return noDigests;
  const known = knownDigests.get(image);
  if (known !== undefined) return known;
  const digests = new Map<Tag, Digest>();
  for (const { digest, tags } of lockedGroups(image)) for (const tag of tags) digests.set(tag, digest);
  knownDigests.set(image, digests);
  return digests;
}
