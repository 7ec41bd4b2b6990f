import { type Digest, type ImageName, isDigest, isImageName } from '../../core/names.ts';

/** What skopeo may ask for: by digest, below a namespace that it was told. */
export interface GatewayRequest {
  readonly namespace: string;
  readonly image: ImageName;
  readonly kind: 'manifests' | 'blobs';
  readonly digest: Digest;
}

/** Reads the path of a request for a manifest or blob (OCI distribution spec, "Endpoints"); `undefined` for any other. */
export function readRequest(path: string): GatewayRequest | undefined {
  const [, namespace = '', image = '', kind, digest = ''] =
    /^\/v2\/([0-9a-f]{32})\/([^/]+)\/(manifests|blobs)\/([^/?]+)$/.exec(path) ?? [];
  if ((kind !== 'manifests' && kind !== 'blobs') || !isImageName(image) || !isDigest(digest)) return undefined;
  return { namespace, image, kind, digest };
}
