import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';

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

/** Tags that go from an index to one of other platforms. */
export interface PlatformChange {
  readonly tags: readonly Tag[];
  /** In bashbrew's order, as the lockfile names them. */
  readonly lost: readonly PlatformText[];
  readonly gained: readonly PlatformText[];
}

export interface ImageDiff {
  readonly image: ImageName;
  readonly added: readonly TagChange[];
  readonly removed: readonly TagChange[];
  readonly moved: readonly TagMove[];
  readonly rebuilt: readonly Rebuild[];
  /** Tags that are pending now and were not before. */
  readonly pending: readonly Tag[];
  /** Tags that were pending and are no more, without having got another digest; only where there are some. */
  readonly withdrawn?: readonly Tag[];
  /**
   * Tags of which nothing else changes, in groups of which the lockfile tells other details of the index: what it is made
   * from, or what was left out. Only where there are some.
   */
  readonly details?: readonly Tag[];
  /** Only where both lockfiles tell the platforms, and they differ: each change once, with all its tags. */
  readonly platforms?: readonly PlatformChange[];
}

/** What changes from one lockfile to another: only images that differ, sorted by name. */
export interface LockDiff {
  /** Only where what decides the content has changed in mirrors.yaml: the hashes of it. */
  readonly config?: { readonly from: string; readonly to: string };
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
  /** Only where there are some. */
  readonly withdrawn?: number;
  readonly details?: number;
}
