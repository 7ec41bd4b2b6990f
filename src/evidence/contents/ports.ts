import type { Digest, ImageName } from '../../core/names.ts';
import type { ContentDescriptor } from '../../registry/manifest-types.ts';
import type { BlobRef, Manifest } from '../../registry/types.ts';
import type { Child } from '../../resolve/types.ts';

/** The source or a destination, by digest. */
export interface ContentsPlace {
  /** A manifest whose bytes have the digest; `undefined` where it is not there. At the source it is a counted pull. */
  manifest(image: ImageName, digest: Digest): Promise<Manifest | undefined>;
  /** A blob, never a counted pull; throws a UserError where it is not there, or its bytes have another digest. */
  blob(image: ImageName, blob: BlobRef): AsyncIterable<Uint8Array>;
}

export interface ContentsPorts {
  /** Has the new index. What it was asked before it gives from memory. */
  readonly source: ContentsPlace;
  /** Has the old index. */
  readonly destination: ContentsPlace;
}

/** The image of a platform as an index lists it. */
export interface FoundImage {
  readonly child: Digest;
  readonly config: ContentDescriptor;
  readonly layers: readonly ContentDescriptor[];
  /** All children of the index that it was found in; empty for a manifest without an index. */
  readonly index: readonly Child[];
}
