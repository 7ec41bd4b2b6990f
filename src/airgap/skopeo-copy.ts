import type { Digest } from '../core/names.ts';
import type { Manifest } from '../registry/types.ts';

/** Where skopeo copies to: an OCI layout, or a plain folder, which takes any manifest as it is. */
export type Transport = 'oci' | 'dir';

const blobs = 'blobs';
/** Where the blobs of a layout arrive. */
export const layoutBlobs = `${blobs}/sha256`;
const content = 'content';

/**
 * The transport that keeps the bytes of all of these manifests: skopeo's `oci:` takes OCI's own alone, and makes others
 * anew (containers/image, oci/layout/oci_dest.go, `SupportedManifestMIMETypes`), which changes their digests.
 */
export function transportFor(manifests: readonly Pick<Manifest, 'mediaType'>[]): Transport {
  return manifests.every(({ mediaType }) => mediaType.startsWith('application/vnd.oci.image.')) ? 'oci' : 'dir';
}

/** Where a blob arrives, relative to the folder that skopeo runs in. */
export function stagedBlob(transport: Transport, digest: Digest): string {
  const hash = digest.slice('sha256:'.length);
  return transport === 'oci' ? `${layoutBlobs}/${hash}` : `${content}/${hash}`;
}

/** Where skopeo copies to, as its words: the folder that it runs in, since a layout's path may hold no colon. */
export function stageArguments(transport: Transport): string[] {
  return transport === 'oci' ? ['--dest-shared-blob-dir', blobs, 'oci:layout:it'] : [`dir:${content}`];
}
