import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { SelectedGroup } from '../select/types.ts';
import type { KeptIndex, PartialIndex } from './children/types.ts';

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
