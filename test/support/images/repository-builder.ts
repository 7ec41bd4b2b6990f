import type { Digest } from '../../../src/core/names.ts';
import { digestOf } from './content.ts';
import type { IndexPlatform } from './platform.ts';
import type { BuiltManifest, BuiltRepository } from './types.ts';

/** How one object names another (OCI image spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: IndexPlatform;
}

/** Collects the manifests, blobs and tags of a repository, each stored once. */
export class RepositoryBuilder implements BuiltRepository {
  readonly repository: string;
  readonly manifests = new Map<Digest, BuiltManifest>();
  readonly blobs = new Map<Digest, Buffer>();
  readonly tags = new Map<string, Digest>();

  constructor(repository: string) {
    this.repository = repository;
  }

  manifestOf(tag: string): BuiltManifest {
    const manifest = [...this.manifests.values()].find(({ digest }) => digest === this.tags.get(tag));
    if (manifest === undefined) throw new Error(`${this.repository} has no tag ${tag}.`);
    return manifest;
  }

  /** Adds a config, a layer or an attestation's statement. */
  blob(mediaType: string, bytes: Buffer): Descriptor {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** Adds the manifest of one platform or attestation. */
  manifest(
    mediaType: string,
    config: Descriptor,
    layers: readonly Descriptor[],
    annotations?: Descriptor['annotations'],
  ): Descriptor {
    const blobs = [config, ...layers].map((descriptor) => descriptor.digest);
    const annotated = annotations === undefined ? {} : { annotations };
    return this.#add(mediaType, { schemaVersion: 2, mediaType, config, layers, ...annotated }, [], blobs);
  }

  /** Adds an index over manifests that were added before. */
  index(mediaType: string, manifests: readonly Descriptor[]): Descriptor {
    const children = manifests.map((descriptor) => descriptor.digest);
    return this.#add(mediaType, { schemaVersion: 2, mediaType, manifests }, children, []);
  }

  #add(mediaType: string, json: object, children: readonly Digest[], blobs: readonly Digest[]): Descriptor {
    const bytes = Buffer.from(JSON.stringify(json, null, 2));
    const digest = digestOf(bytes);
    this.manifests.set(digest, { digest, mediaType, bytes, children, blobs });
    return { mediaType, digest, size: bytes.length };
  }
}
