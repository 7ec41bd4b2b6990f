import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { KeptIndex } from '../resolve/children/types.ts';

/** A locked tag, and the digest that the destination has for it (`undefined`: none). */
export interface TagState {
  readonly image: ImageName;
  readonly tag: Tag;
  readonly wanted: Digest;
  readonly seen: Digest | undefined;
}

/** A locked group as the destination has it. */
export interface GroupState {
  readonly image: ImageName;
  readonly digest: Digest;
  /** Whether the destination has the digest, under any tag or none. */
  readonly present: boolean;
  /** What is kept of upstream's index, where the lockfile tells. */
  readonly index?: KeptIndex;
  readonly tags: readonly TagState[];
}

/** A group with work to do. */
export interface PlannedGroup {
  readonly image: ImageName;
  readonly digest: Digest;
  /** The digest must be copied from the source first. */
  readonly copy: boolean;
  /** What is kept of upstream's index, where the lockfile tells. */
  readonly index?: KeptIndex;
  /** Tags to put, with what each replaces, and the name under which that is kept. */
  readonly put: readonly { readonly tag: Tag; readonly replaces: Digest | undefined; readonly backup?: Tag }[];
}

/** What an apply would do at one destination: groups with work, in the lockfile's order. */
export interface Plan {
  readonly groups: readonly PlannedGroup[];
  /** Tags that are right already. */
  readonly unchanged: number;
}

/** The one question that looking at a destination asks. */
export type HeadDigest = (image: ImageName, reference: Tag | Digest) => Promise<Digest | undefined>;

/** Job `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}
