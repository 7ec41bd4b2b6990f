import type { Digest, ImageName, Tag } from '../core/names.ts';

/** A manifest as an index of a layout describes it; `size` is in bytes. */
export interface Described {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

/** Tags of an image that share a digest. */
export interface ExportedGroup extends Described {
  readonly tags: readonly Tag[];
}

/** What an export has of one image. */
export interface ExportedImage {
  readonly image: ImageName;
  readonly groups: readonly ExportedGroup[];
  /** Manifests and blobs that the export holds; other images may share them. Sorted. */
  readonly here: readonly Digest[];
  /** What it leaves out, since an earlier export had it for this image. Sorted. */
  readonly earlier: readonly Digest[];
}

/** What an export is: the content of `mirrorlock-export.json`. */
export interface ExportRecord {
  /** The commit of upstream that the lockfile was made from. */
  readonly upstream: { readonly repository: string; readonly commit: string };
  /** The sha256 digest of the record of the earlier export; absent: the export is complete. */
  readonly since?: Digest;
  /** Sorted by name. */
  readonly images: readonly ExportedImage[];
}
