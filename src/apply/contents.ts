import { isIndex, parseManifest } from '../registry/manifest-types.ts';
import type { Manifest } from '../registry/types.ts';
import type { BlobRef } from './types.ts';

/** The blobs that a manifest names; an index names none. @throws UserError `registry/bad-manifest` */
export function blobsOf({ mediaType, bytes }: Manifest): readonly BlobRef[] {
  if (isIndex(mediaType)) return [];
  const { config, layers } = parseManifest(bytes);
  return [config, ...layers].map(({ digest, size }) => ({ digest, size }));
}
