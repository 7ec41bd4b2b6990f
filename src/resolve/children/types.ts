import type { Digest } from '../../core/names.ts';
import type { Platform } from '../../core/platform.ts';

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
  /** What it attests; absent of all else. */
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
  readonly whole: boolean;
}

/** Left out: attestations of platforms that are kept. */
export const attestationsWord = 'attestations';
/** The platform, in words, of a child that names none. */
export const noPlatform = 'none';
