import { isRecord, parsedJson } from '../core/json.ts';
import { parseDigest } from '../core/names.ts';
import { checkedRepository } from './address.ts';
import type { Send } from './requester.ts';
import type { RegistryClient } from './types.ts';

/** An index of what refers to one manifest. */
const maxBytes = 4 * 1024 * 1024;

/**
 * Asks for the referrers of a manifest. A registry that has the API answers 200 with an index, also where there are none; one
 * without it answers 404 (OCI distribution spec, "Listing Referrers"), or what it says to paths that it does not know.
 */
export function referrersCheck(host: string, base: URL, send: Send): RegistryClient['hasReferrers'] {
  return async (repository, digest) => {
    const { status, body } = await send({
      method: 'GET',
      url: new URL(`/v2/${checkedRepository(repository)}/referrers/${parseDigest(digest)}`, base),
      headers: { accept: 'application/vnd.oci.image.index.v1+json' },
      maxBytes,
      context: { method: 'GET', host, repository, reference: digest },
      scope: { repository, actions: 'pull' },
      counted: 'tagList',
      answers: [200, 404, 405],
    });
    const index = status === 200 ? parsedJson(body) : undefined;
    return isRecord(index) && Array.isArray(index['manifests']);
  };
}
