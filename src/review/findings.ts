import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';

/** Something in a change that a reviewer does well to look at first. */
export type Finding =
  /** Upstream is another repository than it was. */
  | { readonly kind: 'upstream'; readonly from: string; readonly to: string }
  /** An image of which no tag is left. */
  | { readonly kind: 'gone'; readonly image: ImageName; readonly removed: number }
  /** Tags without a version of their own that have another major version now, or an older version. */
  | {
      readonly kind: 'major' | 'back';
      readonly image: ImageName;
      readonly tags: readonly Tag[];
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly kind: 'platforms';
      readonly image: ImageName;
      readonly tags: readonly Tag[];
      readonly lost: readonly PlatformText[];
    }
  | {
      readonly kind: 'many-removed';
      readonly image: ImageName;
      readonly removed: number;
      readonly added: number;
      readonly before: number;
    }
  | { readonly kind: 'pending'; readonly image: ImageName; readonly tags: readonly Tag[] };

/** Tags of an image that go from one digest to another, moved or rebuilt. */
export interface Step {
  readonly from: Digest;
  readonly to: Digest;
  readonly tags: readonly Tag[];
}
