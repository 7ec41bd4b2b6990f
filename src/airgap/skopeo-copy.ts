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

/**
 * The arguments of one `skopeo copy` from the gateway, which needs no credentials, into the folder that it runs in: paths
 * with a colon cannot be written in the name of a layout.
 *
 * @param from `HOST/NAMESPACE/IMAGE@DIGEST`
 */
export function copyArguments(transport: Transport, from: string): string[] {
  return [
    'copy',
    '--all',
    '--preserve-digests',
    '--retry-times=3',
    '--src-no-creds',
    '--src-tls-verify=false',
    ...(transport === 'oci' ? ['--dest-shared-blob-dir', blobs] : []),
    `docker://${from}`,
    transport === 'oci' ? 'oci:layout:it' : `dir:${content}`,
  ];
}
