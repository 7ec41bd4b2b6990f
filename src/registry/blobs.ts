import { parseDigest } from '../core/names.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { checkedRepository } from './address.ts';
import type { Send } from './requester.ts';
import type { RegistryClient } from './types.ts';
import { begunUpload, postUpload, type UploadPlace } from './upload-requests.ts';

/** How blobs are asked for: what is streamed has connections of its own. */
export interface BlobRequestsOptions {
  readonly host: string;
  readonly base: URL;
  readonly boundary: UploadPlace['boundary'];
  readonly send: Send;
  readonly sendStreamed: Send;
}

export type BlobRequests = Pick<RegistryClient, 'openBlob' | 'headBlob' | 'mount'>;

/**
 * HEAD and GET of blobs (OCI distribution spec, "Pulling blobs"), also from the middle (RFC 9110, section 14), and
 * mounts ("Mounting a blob from another repository").
 */
export function blobRequests({ host, base, boundary, send, sendStreamed }: BlobRequestsOptions): BlobRequests {
  const urlOf = (repository: string, digest: string) =>
    new URL(`/v2/${checkedRepository(repository)}/blobs/${parseDigest(digest)}`, base);
  return {
    async openBlob(repository, digest, from = 0) {
      const answer = await sendStreamed({
        method: 'GET',
        url: urlOf(repository, digest),
        headers: from === 0 ? {} : { range: `bytes=${from}-` },
        maxBytes: 0,
        streamed: true,
        context: { method: 'GET', host, repository, reference: digest },
        scope: { repository, actions: 'pull' },
        counted: 'blobGet',
        answers: [200, 206, 404],
      });
      if (answer.stream === undefined) return undefined;
      return { offset: offsetOf(answer), stream: answer.stream };
    },
    async headBlob(repository, digest) {
      const { status, headers } = await send({
        method: 'HEAD',
        url: urlOf(repository, digest),
        headers: {},
        maxBytes: 0,
        context: { method: 'HEAD', host, repository, reference: digest },
        scope: { repository, actions: 'pull' },
        counted: 'blobHead',
        answers: [200, 404],
      });
      if (status === 404) return undefined;
      const length = headers['content-length'];
      return /^\d{1,15}$/.test(length ?? '') ? { size: Number(length) } : {};
    },
    async mount(repository, digest, from) {
      const { answer, url, context } = await postUpload(
        { host, base, send },
        {
          repository,
          mount: { digest, from },
          counted: from === repository ? 'blobUpload' : 'blobMount',
          answers: [201, 202, 404],
        },
      );
      if (answer.status === 201) return 'mounted';
      return answer.status === 404 ? 'not-found' : begunUpload(answer, url, { base, boundary }, context);
    },
  };
}

/** Where the body begins; a part that does not say so begins nowhere that the caller asked for. */
function offsetOf({ status, headers }: HttpAnswer): number {
  if (status !== 206) return 0;
  const [, first] = /^bytes (\d{1,15})-/.exec(headers['content-range'] ?? '') ?? [];
  return first === undefined ? Number.NaN : Number(first);
}
