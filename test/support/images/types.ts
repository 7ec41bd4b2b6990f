import type { Digest } from '../../../src/core/names.ts';
import type { PlatformText } from '../../../src/core/platform.ts';

/** What a group's first tag points at. Official images are OCI indexes; the others stand for older registries. */
export type ImageForm = 'oci-index' | 'docker-list' | 'oci-manifest' | 'docker-manifest';

/** A group of tags, as upstream announces it. */
export interface GroupSpec {
  readonly tags: readonly string[];
  /** In OCI form. A single manifest is made for the first alone. */
  readonly platforms: readonly PlatformText[];
  /** Whether these are `SharedTags`: an index over the children of other groups of this image. */
  readonly shared?: boolean;
  /** Of shared tags: which groups of this image carry them, by their index; absent: derived from platforms and order. */
  readonly members?: readonly number[];
  /** Another number is another build: new top layers, new digests. Default 0. */
  readonly rebuild?: number;
  /** False: announced, but not yet built. It has no tag, and shared tags are without it, or absent. Default true. */
  readonly published?: boolean;
  /** Default `oci-index`. */
  readonly form?: ImageForm;
}

export interface ImageSpec {
  /** Such as `library/golang`. */
  readonly repository: string;
  readonly groups: readonly GroupSpec[];
  /** Another number is another base image: new base layers, and with them new digests for every group. Default 0. */
  readonly rebuild?: number;
}

export interface BuildOptions {
  /** Equal seeds give equal bytes. */
  readonly seed?: string;
  /** Bytes of content in a base layer (default 4096) and in a top layer (default 2048). */
  readonly baseBytes?: number;
  readonly topBytes?: number;
  /** Whether each child has an attestation (default), as all but the Windows ones have on the Hub. */
  readonly attestations?: boolean;
}

export interface BuiltManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** Of an index, in its order, attestations included; empty for a single manifest. */
  readonly children: readonly Digest[];
  /** Config and layers of a single manifest; empty for an index. */
  readonly blobs: readonly Digest[];
}

/** A repository as it should stand in a registry. */
export interface BuiltRepository {
  readonly repository: string;
  /** Children before the indexes that name them: the order in which a registry takes them. */
  readonly manifests: ReadonlyMap<Digest, BuiltManifest>;
  readonly blobs: ReadonlyMap<Digest, Buffer>;
  readonly tags: ReadonlyMap<string, Digest>;
  /** What a tag points at; throws when there is no such tag. */
  manifestOf(tag: string): BuiltManifest;
}
