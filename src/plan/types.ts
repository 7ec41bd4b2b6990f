import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import type { KeptIndex } from '../resolve/types.ts';

/** A locked tag, and the digest that the destination has for it (`undefined`: none). */
export interface TagState {
  readonly image: ImageName;
  readonly tag: Tag;
  readonly wanted: Digest;
  readonly seen: Digest | undefined;
  /** Why the destination cannot say what it has, while it answers for other tags. */
  readonly broken?: Problem;
}

/** A locked group as the destination has it. */
export interface GroupState {
  readonly image: ImageName;
  readonly digest: Digest;
  /** Whether the destination has the digest, under any tag or none. */
  readonly present: boolean;
  /** Why the digest itself cannot be used there. */
  readonly broken?: Problem;
  /** What is damaged below it, where the look was deep. */
  readonly mend?: Mending;
  /** What is kept of upstream's index, where the lockfile tells. */
  readonly index?: KeptIndex;
  readonly tags: readonly TagState[];
}

/** What has to be put again below a digest that is there. */
export interface Mending {
  /** The manifests that are damaged, or name a blob that is. */
  readonly manifests: readonly Digest[];
  /** Those of them that have to be read at the source; the others are intact at the destination. */
  readonly pulled: readonly Digest[];
}

/** A group with work to do. */
export interface PlannedGroup {
  readonly image: ImageName;
  readonly digest: Digest;
  /** The digest must be copied from the source first. */
  readonly copy: boolean;
  /** What is kept of upstream's index, where the lockfile tells. */
  readonly index?: KeptIndex;
  /** What has to be put again although it seems to be there. */
  readonly mend?: Mending;
  readonly put: readonly PlannedTag[];
}

/** A tag to put, with what it replaces, and the name under which that is kept. */
export interface PlannedTag {
  readonly tag: Tag;
  readonly replaces: Digest | undefined;
  readonly backup?: Tag;
  /** The destination has the tag and cannot serve it: it is looked at again after it was put. */
  readonly broken?: true;
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
