import { problemError } from '../core/problem.ts';
import { type ContentDescriptor, isIndex, parseManifest } from '../registry/manifest-types.ts';
import type { BlobRef, Manifest } from '../registry/types.ts';

/** What a manifest names besides other manifests. */
export interface Contents {
  /** The blobs that have to be at the destination. */
  readonly blobs: readonly BlobRef[];
  /** Whether some layers are foreign: registries do not have them, and they are not copied. */
  readonly hasForeign: boolean;
}

// distribution, docs/spec/manifest-v2-2.md; OCI image spec, layer.md, "Non-Distributable Layers".
const foreignType =
  /^application\/vnd\.(?:docker\.image\.rootfs\.foreign\.diff|oci\.image\.layer\.nondistributable\.v1)\.tar(?:[.+](?:gzip|zstd))?$/;

/**
 * The blobs that a manifest names; an index names none. A foreign layer with `urls`, as Windows images of old have them, is
 * left out, as other tools leave it out (containers/image, copy/single.go, `AcceptsForeignLayerURLs`).
 *
 * @throws UserError `registry/bad-manifest`, and `apply/unexpected-urls` where anything else has `urls`: other tools
 * leave out such a layer, which registries do not miss, or ask there for a config
 */
export function contentsOf({ mediaType, bytes }: Manifest): Contents {
  if (isIndex(mediaType)) return { blobs: [], hasForeign: false };
  const { config, layers } = parseManifest(bytes);
  const own = layers.filter((layer) => !isForeign(layer));
  for (const content of [config, ...own]) if (content.urls !== undefined) throw unexpectedUrls(content);
  return {
    blobs: [config, ...own].map(({ digest, size }) => ({ digest, size })),
    hasForeign: own.length < layers.length,
  };
}

/** The blobs of {@link contentsOf}. @throws what that throws */
export function blobsOf(manifest: Manifest): readonly BlobRef[] {
  return contentsOf(manifest).blobs;
}

function isForeign({ mediaType, urls }: ContentDescriptor): boolean {
  return urls !== undefined && foreignType.test(mediaType);
}

function unexpectedUrls({ digest }: ContentDescriptor) {
  const message =
    'A manifest has `urls` on something other than a foreign layer: clients would fetch it from there, or find nothing.';
  return problemError('apply/unexpected-urls', message, digest, 'Leave the image out, and report it to its publisher.');
}
