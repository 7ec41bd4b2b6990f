import type { Digest } from '../core/names.ts';
import { isManifestType } from '../registry/media-types.ts';
import { isRecord } from '../registry/record.ts';
import type { Manifest } from '../registry/types.ts';

/**
 * A manifest from its bytes alone. Docker's tell their type; an OCI manifest may leave it out (OCI image spec,
 * manifest.md, "mediaType"). `undefined` for what is no manifest.
 */
export function storedManifest(digest: Digest, bytes: Uint8Array): Manifest | undefined {
  const data = parseJson(bytes);
  if (!isRecord(data)) return undefined;
  const written = data['mediaType'];
  const usual = `application/vnd.oci.image.${Array.isArray(data['manifests']) ? 'index' : 'manifest'}.v1+json`;
  const mediaType = written === undefined ? usual : written;
  return typeof mediaType === 'string' && isManifestType(mediaType) ? { digest, mediaType, bytes } : undefined;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
