/** The media types of indexes: OCI image spec, image-index.md; distribution, manifest-v2-2.md, "Manifest List". */
const indexTypes: readonly string[] = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

/** The media types of manifests: OCI image spec, manifest.md; distribution, manifest-v2-2.md. */
const imageTypes: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/**
 * What every request for a manifest accepts. All four are always listed: docker-registry 2.8 answers 404 when the type is
 * not among them, wildcards included.
 */
export const manifestAccept: string = [...indexTypes, ...imageTypes].join(', ');

/** Whether a media type is that of an index (OCI) or manifest list (Docker). */
export function isIndex(mediaType: string): boolean {
  return indexTypes.includes(mediaType);
}

/** Whether a media type is one of the four that are understood: index or manifest, OCI or Docker. */
export function isManifestType(mediaType: string): boolean {
  return isIndex(mediaType) || imageTypes.includes(mediaType);
}

/** A `Content-Type` without its parameters, in lower case; empty when there is none. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
