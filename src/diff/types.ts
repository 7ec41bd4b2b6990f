import type { Digest, ImageName, Tag } from '../core/names.ts';

export interface TagChange {
  readonly tag: Tag;
  readonly digest: Digest;
}

export interface TagMove {
  readonly tag: Tag;
  readonly from: Digest;
  readonly to: Digest;
}

/** A group that has a new digest and kept its first tag: a new build of the same thing. */
export interface Rebuild {
  readonly tags: readonly Tag[];
  readonly from: Digest;
  readonly to: Digest;
}

export interface ImageDiff {
  readonly image: ImageName;
  readonly added: readonly TagChange[];
  readonly removed: readonly TagChange[];
  readonly moved: readonly TagMove[];
  readonly rebuilt: readonly Rebuild[];
  /** Tags that are pending now and were not before. */
  readonly pending: readonly Tag[];
}

/** What changes from one lockfile to another: only images that differ, sorted by name. */
export interface LockDiff {
  readonly upstream: { readonly from: string | undefined; readonly to: string | undefined };
  readonly images: readonly ImageDiff[];
}

/** Tags by what happens to them, `rebuilt` in groups. */
export interface DiffCounts {
  readonly added: number;
  readonly removed: number;
  readonly moved: number;
  readonly rebuilt: number;
  readonly pending: number;
}
