/** An index: OCI image spec, image-index.md. */
export const ociIndexType = 'application/vnd.oci.image.index.v1+json';
/** A manifest: OCI image spec, manifest.md. */
export const ociManifestType = 'application/vnd.oci.image.manifest.v1+json';
/** An index of Docker's: distribution, manifest-v2-2.md, "Manifest List". */
export const dockerListType = 'application/vnd.docker.distribution.manifest.list.v2+json';
/** A manifest of Docker's: distribution, manifest-v2-2.md. */
export const dockerManifestType = 'application/vnd.docker.distribution.manifest.v2+json';

const indexTypes: readonly string[] = [ociIndexType, dockerListType];
const imageTypes: readonly string[] = [ociManifestType, dockerManifestType];

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
