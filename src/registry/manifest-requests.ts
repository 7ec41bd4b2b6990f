import { type Digest, parseDigest, parseTag, type Tag } from '../core/names.ts';
import { checkedRepository } from './address.ts';
import type { Scope } from './auth/authorizer.ts';
import { RegistryError } from './errors.ts';
import type { RegistryRequest, Send } from './http/requester.ts';
import { checkWritten, digestOf, readHead, readManifest } from './manifest-answer.ts';
import { manifestAccept } from './media-types.ts';
import type { Manifest, RegistryClient } from './types.ts';

/** distribution takes no larger manifest (registry/handlers/manifests.go, `maxManifestBodySize`). */
const maxManifestBytes = 4 * 1024 * 1024;

export type ManifestRequests = Pick<RegistryClient, 'head' | 'get' | 'put' | 'delete'>;

/** HEAD, GET, PUT and DELETE of manifests (OCI distribution spec, "Pulling manifests", "Pushing Manifests", "Deleting"). */
export function manifestRequests(host: string, base: URL, send: Send): ManifestRequests {
  const request = (
    method: 'HEAD' | 'GET' | 'PUT' | 'DELETE',
    repository: string,
    reference: Tag | Digest,
    actions: Scope['actions'],
  ) => {
    const path = `/v2/${checkedRepository(repository)}/manifests/${checkedReference(reference)}`;
    return {
      method,
      url: new URL(path, base),
      headers: { accept: manifestAccept },
      maxBytes: maxManifestBytes,
      context: { method, host, repository, reference },
      scope: { repository, actions },
    } satisfies Partial<RegistryRequest>;
  };

  return {
    async head(repository, reference) {
      const asked = request('HEAD', repository, reference, 'pull');
      const answer = await send({ ...asked, counted: 'manifestHead', answers: [200, 404] });
      return answer.status === 404 ? undefined : readHead(answer, asked.context);
    },
    async get(repository, reference) {
      const asked = request('GET', repository, reference, 'pull');
      const answer = await send({ ...asked, counted: 'manifestGet', answers: [200, 404] });
      return answer.status === 404 ? undefined : readManifest(answer, asked.context);
    },
    async put(repository, reference, manifest) {
      const asked = request('PUT', repository, reference, 'pull,push');
      checkBytes(asked.context, manifest);
      const headers = { 'content-type': manifest.mediaType };
      const body = manifest.bytes;
      const answer = await send({ ...asked, headers, body, counted: 'manifestPut', answers: [201] });
      checkWritten(answer, asked.context, manifest.digest);
    },
    async delete(repository, reference) {
      const asked = request('DELETE', repository, reference, 'delete');
      const answer = await send({ ...asked, counted: 'manifestDelete', answers: [202, 404] });
      return answer.status !== 404;
    },
  };
}

function checkedReference(reference: Tag | Digest): string {
  return reference.includes(':') ? parseDigest(reference) : parseTag(reference);
}

/** What is written has to be what was reviewed. */
function checkBytes(request: RegistryRequest['context'], { bytes, digest }: Manifest): void {
  const actual = digestOf(bytes);
  if (actual === digest && (request.reference === digest || !request.reference?.includes(':'))) return;
  const summary = 'the bytes to be written do not have the digest that they are written under; nothing was sent.';
  throw new RegistryError({ kind: 'digest-mismatch', request, summary, value: actual });
}
