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

/** A group that has the same tags and a new digest: a new build of the same thing. */
export interface Rebuild {
  readonly tags: readonly Tag[];
  readonly from: Digest;
  readonly to: Digest;
}

/** A new group that takes the place of a group of another version. */
export interface Release {
  /** Versions in words, such as `1.26.6` and `1.26.7`; of groups that are named after a day, their tags. */
  readonly version: { readonly from: string; readonly to: string };
  readonly from: Digest;
  readonly to: Digest;
  /** Tags that go from the old group to the new one, such as `1.26` and `latest`. */
  readonly tags: readonly Tag[];
  /** Tags that are new with the new group. */
  readonly added: readonly Tag[];
  /** Tags that the new version replaces, such as `1.26.6`, at the digest that they had. */
  readonly replaced: readonly TagChange[];
}

/** A tag whose successor is announced and not published yet. */
export interface AwaitingTag extends TagChange {
  /** The tag that replaces it once it is published. */
  readonly until: Tag;
}

/** A series of versions, such as `1.25`, of which no tag is left. */
export interface Ending {
  readonly series: string;
  readonly tags: readonly TagChange[];
}

/** Tags that go from an index to one of other platforms. */
export interface PlatformChange {
  readonly tags: readonly Tag[];
  /** In bashbrew's order, as the lockfile names them. */
  readonly lost: readonly PlatformText[];
  readonly gained: readonly PlatformText[];
}

/** What happens to the tags of an image. A tag whose digest differs stands in one list, once (docs/pull-request-text.md). */
export interface ImageDiff {
  readonly image: ImageName;
  /** Only of an image that has no tag left, be it pending: all its tags are removed. */
  readonly gone?: true;
  readonly releases: readonly Release[];
  readonly rebuilt: readonly Rebuild[];
  /** Tags that have another digest, and are part of no release and no rebuild. */
  readonly moved: readonly TagMove[];
  /** New tags that are part of no release. */
  readonly added: readonly TagChange[];
  readonly ended: readonly Ending[];
  /** Tags without a full version of their own, such as `edge` or `1.26-alpine3.22`, that left without a successor. */
  readonly floating: readonly TagChange[];
  /** Other tags that left without a successor. */
  readonly removed: readonly TagChange[];
  /** Tags that left for a version that is pending: they stay until it is published. Only where there are some. */
  readonly awaiting?: readonly AwaitingTag[];
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

/** How much of each kind: groups of `releases` and `rebuilt`, series of `ended`, else tags. */
export interface DiffCounts {
  readonly releases: number;
  readonly rebuilt: number;
  readonly moved: number;
  readonly added: number;
  readonly ended: number;
  readonly floating: number;
  readonly removed: number;
  /** Tags that a release replaced. */
  readonly replaced: number;
  readonly pending: number;
  /** Only where there are some. */
  readonly awaiting?: number;
  readonly withdrawn?: number;
  readonly details?: number;
}
