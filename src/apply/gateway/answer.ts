import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Digest, ImageName } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import { attempt } from '../attempt.ts';
import { readAtSource } from '../obtain.ts';
import type { BlobRef, CopyItem } from '../types.ts';
import { sendBlob } from './blob.ts';
import { blobHeaders, delivery } from './delivery.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { GatewayRequest } from './request.ts';
import type { Sources } from './sources.ts';

/** What one copy process may read, and why some of it could not be given. */
export interface Admitted {
  readonly manifests: ReadonlySet<Digest>;
  readonly blobs: ReadonlyMap<Digest, BlobRef>;
  readonly problems: Map<Digest, Problem>;
  /** Told of each request, and whenever some of an answer was taken. */
  readonly heard: () => void;
}

export function admittedFor(items: readonly CopyItem[], heard: () => void): Admitted {
  return {
    manifests: new Set(items.flatMap(({ manifests }) => manifests)),
    blobs: new Map(items.flatMap(({ blobs }) => blobs.map((blob) => [blob.digest, blob]))),
    problems: new Map(),
    heard,
  };
}

/** Answers one request of a copy process; what cannot be given is noted, since its own words would say less. */
export async function answer(
  method: string,
  { image, kind, digest }: GatewayRequest,
  { manifests, blobs, problems, heard }: Admitted,
  { sources, elsewhere }: { readonly sources: Sources; readonly elsewhere: Elsewhere },
  response: ServerResponse,
): Promise<void> {
  heard();
  const blob = kind === 'blobs' ? blobs.get(digest) : undefined;
  if (kind === 'manifests' && manifests.has(digest)) {
    const problem = await answerManifest(method, image, digest, sources, response);
    if (problem !== undefined) problems.set(digest, problem);
    return;
  }
  if (blob === undefined) return refuse(response, 404);
  if (method === 'HEAD') {
    response.writeHead(200, blobHeaders(blob)).end();
    return;
  }
  const sent = await sendBlob(image, delivery(blob, response, heard), () => [
    ...elsewhere(digest),
    ...sources.places(),
  ]);
  if (sent === 'gone') return;
  if (sent === 'whole') {
    problems.delete(digest);
    return;
  }
  problems.set(digest, sent);
  breakOff(response);
}

async function answerManifest(
  method: string,
  image: ImageName,
  digest: Digest,
  { manifests }: Sources,
  response: ServerResponse,
): Promise<Problem | undefined> {
  const read = await attempt(() => readAtSource(image, digest, manifests));
  if (!read.ok) {
    refuse(response, 404);
    return read.problem;
  }
  const { bytes, mediaType } = read.value;
  const length = `${bytes.byteLength}`;
  response.writeHead(200, { 'content-type': mediaType, 'content-length': length, 'docker-content-digest': digest });
  response.end(method === 'HEAD' ? undefined : bytes);
  return undefined;
}

/** Says no in a way that skopeo does not try again (containers/common, pkg/retry): the registry client has done so already. */
export function refuse(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'mirrorlock tells why' }] }));
}

/** Ends an answer that cannot be given: with a refusal, or in the middle with a reset, after which skopeo asks again. */
function breakOff(response: ServerResponse): void {
  if (!response.headersSent) refuse(response, 404);
  else if (response.socket === null) response.destroy();
  else response.socket.resetAndDestroy();
}
