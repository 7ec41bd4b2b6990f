import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { Platform } from '../core/platform.ts';
import type { SelectedGroup } from '../select/types.ts';

/** Asks the source which digest a tag has; `undefined` when it is not published. Must not count as a pull. */
export type DigestLookup = (image: ImageName, tag: Tag) => Promise<Digest | undefined>;

/**
 * A selected group and the digest that the registry gives for its first tag; without one it is pending. Where the
 * configuration chooses what is kept, it is the digest of that.
 */
export interface ResolvedGroup extends SelectedGroup {
  readonly digest: Digest | undefined;
  /** What is kept of upstream's index; absent where nothing is chosen, and of what is pending. */
  readonly index?: KeptIndex;
  /** Of what is pending though upstream has an index: what is known of that. */
  readonly seen?: PartialIndex;
}

export interface ResolvedImage {
  readonly image: ImageName;
  readonly groups: readonly ResolvedGroup[];
}

/** What a child of an index says of another one (`vnd.docker.reference.digest` and `vnd.docker.reference.type`). */
export interface Reference {
  readonly digest: Digest;
  /** Such as `attestation-manifest`. */
  readonly type: string;
}

/** A manifest in an index, as far as a rewritten index keeps what upstream says of it. `size` is in bytes. */
export interface Child {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  /** As upstream writes it. Absent of attestations, and where upstream names none. */
  readonly platform?: Platform;
  /** What it attests; absent where it attests nothing. */
  readonly attests?: Reference;
}

/** What of an index is mirrored, where the configuration chooses. */
export interface KeptIndex {
  /** Upstream's digests that it is made from, at least one. Where it is itself one of them, nothing was left out of that. */
  readonly sources: readonly Digest[];
  /** What the configuration left out of one of these: platforms by their usual names, `none`, `attestations`. */
  readonly without: readonly string[];
  /** In upstream's order, at least one. Of a single manifest, itself. */
  readonly children: readonly Child[];
}

/** What is known of an index that is not mirrored yet, so that nobody reads it again while upstream publishes the rest. */
export interface PartialIndex {
  readonly source: Digest;
  /** As of a {@link KeptIndex}; empty: `children` is all there is. */
  readonly without: readonly string[];
  /** In upstream's order; perhaps none. */
  readonly children: readonly Child[];
}

/** An index, or a single manifest, as upstream has it, or what is known of it. */
export interface SeenIndex {
  readonly children: readonly Child[];
  /** What is known to be in it and is not among `children`. */
  readonly without: readonly string[];
  /** Whether `children` is all there is. */
  readonly isWhole: boolean;
}

/** Left out: attestations of platforms that are kept. */
export const attestationsWord = 'attestations';
/** The platform, in words, of a child that names none. */
export const noPlatform = 'none';
