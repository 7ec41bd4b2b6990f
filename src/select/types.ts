import type { Rule } from '../config/types.ts';
import type { ImageName, Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import type { Group } from '../upstream/types.ts';

/** A group of which at least one tag is wanted. */
export interface SelectedGroup {
  /** The wanted tags, in upstream's order. */
  readonly wanted: readonly Tag[];
  readonly group: Group;
}

export interface SelectedImage {
  readonly image: ImageName;
  readonly groups: readonly SelectedGroup[];
}

/** Images sorted by name, those without a wanted tag left out. */
export interface Selection {
  readonly images: readonly SelectedImage[];
  readonly warnings: readonly Problem[];
}

/** Why a tag is wanted or not. */
export type Fate =
  | { readonly kind: 'selected'; readonly by: readonly Rule[]; readonly group: Group }
  | {
      readonly kind: 'excluded';
      readonly by: readonly Rule[];
      readonly included: readonly Rule[];
      readonly group: Group;
    }
  | { readonly kind: 'unmatched'; readonly group: Group }
  | { readonly kind: 'unknown-tag'; readonly nearest: readonly Tag[] }
  | { readonly kind: 'unknown-image'; readonly nearest: readonly ImageName[] }
  | { readonly kind: 'refused-image'; readonly message: string };
