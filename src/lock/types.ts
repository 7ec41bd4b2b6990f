import type { Digest, ImageName, Tag } from '../core/names.ts';

/** Tags that share one digest. */
export interface LockedGroup {
  readonly digest: Digest;
  readonly tags: readonly Tag[];
}

/** Tags announced upstream for one image that the source does not have yet. */
export interface PendingGroup {
  readonly pending: readonly Tag[];
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

/** Which digest each locked tag of an image has. */
export function tagDigests(image: LockedImage | undefined): Map<Tag, Digest> {
  const digests = new Map<Tag, Digest>();
  for (const entry of image?.entries ?? []) {
    if (isPending(entry)) continue;
    for (const tag of entry.tags) digests.set(tag, entry.digest);
  }
  return digests;
}
