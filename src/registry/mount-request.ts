import { parseDigest } from '../core/names.ts';
import { checkedRepository } from './address.ts';
import type { Send } from './http/requester.ts';
import type { RegistryClient } from './types.ts';

const maxAnswerBytes = 64 * 1024;

/**
 * Mounts a blob of another repository (OCI distribution spec, "Mounting a blob from another repository"). A registry that
 * does not mount begins an upload instead (202), which is left to expire: few take a request to cancel it.
 */
export function mountRequest(host: string, base: URL, send: Send): RegistryClient['mount'] {
  return async (repository, digest, from) => {
    const query = new URLSearchParams({ mount: parseDigest(digest), from: checkedRepository(from) });
    const answer = await send({
      method: 'POST',
      url: new URL(`/v2/${checkedRepository(repository)}/blobs/uploads/?${query}`, base),
      headers: { 'content-length': '0' },
      maxBytes: maxAnswerBytes,
      context: { method: 'POST', host, repository, reference: digest },
      scope: { repository, actions: 'pull,push', alsoPull: from },
      counted: 'blobMount',
      answers: [201, 202, 404],
    });
    return answer.status === 201;
  };
}
