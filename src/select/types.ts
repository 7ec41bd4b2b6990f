import type { Rule } from '../config/types.ts';
import type { ImageName, Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import type { Group } from '../upstream/types.ts';

/** The rules of a mirrors.yaml; a `Config` is one. Their order decides nothing. */
export interface Rules {
  readonly include: readonly Rule[];
  readonly exclude: readonly Rule[];
}

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

/** The include rule that came nearest to a tag, and for each field that did not match, why. */
export interface NearMiss {
  readonly rule: Rule;
  readonly reasons: readonly string[];
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
  /** No include rule matches; `nearMiss` is absent where none is for the image either. */
  | { readonly kind: 'unmatched'; readonly group: Group; readonly nearMiss?: NearMiss }
  /** `tagCount` is how many tags upstream lists for the image: 0 for a retired one. */
  | { readonly kind: 'unknown-tag'; readonly nearest: readonly Tag[]; readonly tagCount: number }
  | UnknownImage
  | RefusedImage;

export interface UnknownImage {
  readonly kind: 'unknown-image';
  readonly nearest: readonly ImageName[];
}

/** bashbrew would refuse the image's file; `message` says where and why. */
export interface RefusedImage {
  readonly kind: 'refused-image';
  readonly message: string;
}

/** How many of an image's tags a rule matches, and how many it decides: an include rule's wanted tags, an exclude rule's tags that an include rule matches. */
export interface RuleCount {
  readonly rule: Rule;
  readonly matched: number;
  readonly decided: number;
}

/** What becomes of an image as a whole. */
export type ImageFate =
  | {
      readonly kind: 'image';
      readonly tagCount: number;
      readonly wantedCount: number;
      /** The rules that match a tag of it, includes first, each sorted by place. */
      readonly rules: readonly RuleCount[];
    }
  | UnknownImage
  | RefusedImage;

/** What `explain` was asked about: a tag, or an image as a whole. */
export interface Subject {
  readonly image: ImageName;
  readonly tag?: Tag;
}
