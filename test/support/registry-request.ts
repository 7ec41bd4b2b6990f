/** What a request to a registry is about (OCI distribution spec, "Endpoints"). */
export type RequestKind = 'ping' | 'manifest' | 'blob' | 'upload' | 'mount' | 'tags' | 'other';

export interface RegistryRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly kind: RequestKind;
  /** Empty where the request is about none. */
  readonly repository: string;
  /** A tag or digest of a manifest, a digest of a blob; empty elsewhere. */
  readonly reference: string;
  readonly byDigest: boolean;
}

const manifest = /^\/v2\/(?<repository>.+)\/manifests\/(?<reference>[^/]+)$/;
const upload = /^\/v2\/(?<repository>.+)\/blobs\/uploads\//;
const blob = /^\/v2\/(?<repository>.+)\/blobs\/(?<reference>[^/]+)$/;
const tags = /^\/v2\/(?<repository>.+)\/tags\/list$/;
const ping = /^\/v2\/?$/;
const patterns: readonly (readonly [RequestKind, RegExp])[] = [
  ['manifest', manifest],
  ['upload', upload],
  ['blob', blob],
  ['tags', tags],
  ['ping', ping],
];

/** Tells what a request is about, from its method and its path and query. */
export function readRegistryRequest(method: string, url: string): RegistryRequest {
  const [path = '', query = ''] = url.split('?', 2);
  for (const [kind, pattern] of patterns) {
    const groups = pattern.exec(path);
    if (groups === null) continue;
    const { repository = '', reference = '' } = groups.groups ?? {};
    const asked = new URLSearchParams(query);
    // A mount from the repository itself is an upload that asks first whether the blob is there.
    const isMount = kind === 'upload' && method === 'POST' && asked.has('mount') && asked.get('from') !== repository;
    const byDigest = reference.includes(':');
    return { method, url, kind: isMount ? 'mount' : kind, repository, reference, byDigest };
  }
  return { method, url, kind: 'other', repository: '', reference: '', byDigest: false };
}
