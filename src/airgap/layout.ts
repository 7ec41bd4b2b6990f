import * as v from 'valibot';
import type { Digest } from '../core/names.ts';
import { objectOf, shapeOf } from '../core/shape.ts';
import { isManifestType, ociIndexType, ociManifestType } from '../registry/media-types.ts';
import type { Manifest } from '../registry/types.ts';
import type { ExportedImage, ExportRecord } from './record.ts';

/** The name of a manifest in a layout (OCI image spec, annotations.md). */
const refName = 'org.opencontainers.image.ref.name';

/** The content of `oci-layout` (OCI image spec, image-layout.md). */
export const layoutText = '{"imageLayoutVersion":"1.0.0"}\n';

/**
 * The `index.json` of an export: a descriptor for each tag, named `IMAGE:TAG`, in the order of the record. It follows
 * only from the record. What an export leaves out is named all the same, which the specification allows.
 */
export function layoutIndex({ images }: ExportRecord): string {
  const index = { schemaVersion: 2, mediaType: ociIndexType, manifests: images.flatMap(descriptors) };
  return `${JSON.stringify(index, null, 1)}\n`;
}

function descriptors({ image, groups }: ExportedImage) {
  return groups.flatMap(({ mediaType, digest, size, tags }) =>
    tags.map((tag) => ({ mediaType, digest, size, annotations: { [refName]: `${image}:${tag}` } })),
  );
}

const manifestShape = objectOf({ mediaType: v.optional(v.string()), manifests: v.unknown() });

/**
 * A manifest from only its bytes. Docker's tell their type; an OCI manifest may leave it out (OCI image spec,
 * manifest.md, "mediaType"). `undefined` for what is no manifest.
 */
export function storedManifest(digest: Digest, bytes: Uint8Array): Manifest | undefined {
  const data = shapeOf(manifestShape, parseJson(bytes));
  if (data === undefined) return undefined;
  const usual = Array.isArray(data.manifests) ? ociIndexType : ociManifestType;
  const { mediaType = usual } = data;
  return isManifestType(mediaType) ? { digest, mediaType, bytes } : undefined;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
