import { type Digest, parseDigest } from '../core/names.ts';
import { checkedRepository } from './address.ts';
import type { HttpAnswer } from './http/exchange.ts';
import type { Send } from './http/requester.ts';
import type { RegistryClient } from './types.ts';

/** GET of blobs (OCI distribution spec, "Pulling blobs"), also from the middle (RFC 9110, section 14). */
export function blobRequests(host: string, base: URL, send: Send): RegistryClient['openBlob'] {
  return async (repository, digest, from = 0) => {
    const reference: Digest = parseDigest(digest);
    const answer = await send({
      method: 'GET',
      url: new URL(`/v2/${checkedRepository(repository)}/blobs/${reference}`, base),
      headers: from === 0 ? {} : { range: `bytes=${from}-` },
      maxBytes: 0,
      streamed: true,
      context: { method: 'GET', host, repository, reference },
      scope: { repository, actions: 'pull' },
      counted: 'blobGet',
      answers: [200, 206, 404],
    });
    if (answer.stream === undefined) return undefined;
    return { offset: offsetOf(answer), stream: answer.stream };
  };
}

/** Where the body begins; a part that does not say so begins nowhere that the caller asked for. */
function offsetOf({ status, headers }: HttpAnswer): number {
  if (status !== 206) return 0;
  const [, first] = /^bytes (\d{1,15})-/.exec(headers['content-range'] ?? '') ?? [];
  return first === undefined ? Number.NaN : Number(first);
}
