import type { RegistryRequest } from './registry-request.ts';

/** Requests and bytes as a counting proxy saw them; requests answered by a hook are counted as well. */
export interface TrafficCounts {
  requests: number;
  ping: number;
  /** Counted pulls, where the registry is a source. */
  manifestGet: number;
  manifestGetByTag: number;
  manifestGetByDigest: number;
  manifestHead: number;
  manifestHeadByTag: number;
  manifestHeadByDigest: number;
  manifestPut: number;
  manifestPutByTag: number;
  manifestPutByDigest: number;
  manifestDelete: number;
  blobGet: number;
  blobHead: number;
  /** Uploads begun, those that ask for a mount not among them. */
  uploadPost: number;
  uploadPatch: number;
  uploadPut: number;
  /** Blobs that the registry took over from another repository (201), and those that it did not. */
  mounted: number;
  mountRefused: number;
  tagList: number;
  other: number;
  /** Manifests that were got at least once, by tag or digest: 200 answers with different digests. */
  distinctManifestsGot: number;
  distinctBlobsGot: number;
  /** Bytes of bodies, as the registry sends and receives them. */
  manifestBytesSent: number;
  manifestBytesReceived: number;
  blobBytesSent: number;
  blobBytesReceived: number;
}

export interface SeenRequest extends RegistryRequest {
  /** 0 until the answer begins. */
  status: number;
  /** The digest that the answer names. */
  digest?: string;
  /** Bytes of the answer's body so far, and of the request's. */
  bytesSent: number;
  bytesReceived: number;
  /** Until the answer has ended or the connection is gone. */
  isUnderWay: boolean;
}

/** Whether bytes that are kept go over the wire for it: a blob up or down, or a manifest up. */
export function isTransfer({ kind, method }: RegistryRequest): boolean {
  if (kind === 'upload') return method === 'PUT' || method === 'PATCH';
  return (kind === 'blob' && method === 'GET') || (kind === 'manifest' && method === 'PUT');
}

/** Adds up what was seen. */
export function countTraffic(seen: readonly SeenRequest[]): TrafficCounts {
  const count = (test: (request: SeenRequest) => boolean): number => seen.filter(test).length;
  const sum = (kinds: readonly string[], field: 'bytesSent' | 'bytesReceived'): number =>
    seen.reduce((total, request) => (kinds.includes(request.kind) ? total + request[field] : total), 0);
  const of = (kind: string, method: string, byDigest?: boolean) =>
    count((r) => r.kind === kind && r.method === method && (byDigest === undefined || r.byDigest === byDigest));
  const got = (kind: string): number => {
    const all = seen.filter((r) => r.kind === kind && r.method === 'GET' && r.status === 200);
    return new Set(all.map((r) => r.digest ?? r.reference)).size;
  };
  return {
    requests: seen.length,
    ping: count((r) => r.kind === 'ping'),
    manifestGet: of('manifest', 'GET'),
    manifestGetByTag: of('manifest', 'GET', false),
    manifestGetByDigest: of('manifest', 'GET', true),
    manifestHead: of('manifest', 'HEAD'),
    manifestHeadByTag: of('manifest', 'HEAD', false),
    manifestHeadByDigest: of('manifest', 'HEAD', true),
    manifestPut: of('manifest', 'PUT'),
    manifestPutByTag: of('manifest', 'PUT', false),
    manifestPutByDigest: of('manifest', 'PUT', true),
    manifestDelete: of('manifest', 'DELETE'),
    blobGet: of('blob', 'GET'),
    blobHead: of('blob', 'HEAD'),
    uploadPost: of('upload', 'POST'),
    uploadPatch: of('upload', 'PATCH'),
    uploadPut: of('upload', 'PUT'),
    mounted: count((r) => r.kind === 'mount' && r.status === 201),
    mountRefused: count((r) => r.kind === 'mount' && r.status !== 201),
    tagList: count((r) => r.kind === 'tags'),
    other: count((r) => r.kind === 'other'),
    distinctManifestsGot: got('manifest'),
    distinctBlobsGot: got('blob'),
    manifestBytesSent: sum(['manifest'], 'bytesSent'),
    manifestBytesReceived: sum(['manifest'], 'bytesReceived'),
    blobBytesSent: sum(['blob'], 'bytesSent'),
    blobBytesReceived: sum(['upload', 'mount'], 'bytesReceived'),
  };
}
