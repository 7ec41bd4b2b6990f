import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { SelectedGroup } from '../select/types.ts';

/** Asks the source which digest a tag has; `undefined` when it is not published. Must not count as a pull. */
export type DigestLookup = (image: ImageName, tag: Tag) => Promise<Digest | undefined>;

/** A selected group and the digest that the registry gives for its first tag; without one it is pending. */
export interface ResolvedGroup extends SelectedGroup {
  readonly digest: Digest | undefined;
}

export interface ResolvedImage {
  readonly image: ImageName;
  readonly groups: readonly ResolvedGroup[];
}
