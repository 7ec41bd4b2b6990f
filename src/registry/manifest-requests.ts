import { digestOf } from '../core/digest-of.ts';
import { type Digest, parseDigest, parseTag, type Tag } from '../core/names.ts';
import { checkedRepository } from './address.ts';
import type { Scope } from './auth/authorizer.ts';
import { RegistryError } from './errors.ts';
import { checkSeen, namesDigest, type Reading, readHead, readManifest, saysWritten } from './manifest-answer.ts';
import { manifestAccept } from './media-types.ts';
import type { RegistryRequest, Send } from './requester.ts';
import type { Manifest, ManifestHead, RegistryClient } from './types.ts';

/** distribution takes no larger manifest (registry/handlers/manifests.go, `maxManifestBodySize`). */
const maxManifestBytes = 4 * 1024 * 1024;

/** Answers to PUT and DELETE that are looked at again: only some of them are the specification's. */
const taken: readonly number[] = [200, 201, 202, 204];
const deleted: readonly number[] = [200, 202, 204, 404];

export type ManifestRequests = Pick<RegistryClient, 'head' | 'get' | 'put' | 'delete'>;

/**
 * HEAD, GET, PUT and DELETE of manifests (OCI distribution spec, "Pulling manifests", "Pushing Manifests", "Deleting").
 *
 * @param isDestination whether the registry is read as one's own: see `RegistryClientOptions`
 */
export function manifestRequests(host: string, base: URL, send: Send, isDestination = false): ManifestRequests {
  const reading: Reading = { takesForeign: isDestination };
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

  const get: RegistryClient['get'] = async (repository, reference) => {
    const asked = request('GET', repository, reference, 'pull');
    const answer = await send({ ...asked, counted: 'manifestGet', answers: [200, 404] });
    return answer.status === 404 ? undefined : readManifest(answer, asked.context, reading);
  };
  const head: RegistryClient['head'] = async (repository, reference) => {
    const asked = request('HEAD', repository, reference, 'pull');
    const answer = await send({ ...asked, counted: 'manifestHead', answers: [200, 404] });
    if (answer.status === 404) return undefined;
    if (!isDestination || namesDigest(answer)) return readHead(answer, asked.context, reading);
    const manifest = await get(repository, reference);
    return manifest && headOf(manifest);
  };
  const put: RegistryClient['put'] = async (repository, reference, manifest) => {
    const asked = request('PUT', repository, reference, 'pull,push');
    checkBytes(asked.context, manifest);
    const headers = { 'content-type': manifest.mediaType };
    const body = manifest.bytes;
    const answer = await send({ ...asked, headers, body, counted: 'manifestPut', answers: taken });
    if (saysWritten(answer, asked.context, manifest.digest)) return;
    checkSeen(await head(repository, reference), answer, asked.context, manifest.digest);
  };

  return {
    head,
    get,
    put,
    async delete(repository, reference) {
      const asked = request('DELETE', repository, reference, 'delete');
      const answer = await send({ ...asked, counted: 'manifestDelete', answers: deleted });
      if ((await head(repository, reference)) === undefined) return answer.status !== 404;
      throw stillThere(asked.context, answer.status);
    },
  };
}

function headOf({ digest, mediaType, bytes }: Manifest): ManifestHead {
  return { digest, mediaType, size: bytes.byteLength };
}

/** Registries that do not delete tags answer 404 to the DELETE of one that is there, or 202, and keep it. */
function stillThere(request: RegistryRequest['context'], status: number): RegistryError {
  const isTag = !request.reference?.includes(':');
  return new RegistryError({
    kind: 'refused',
    request,
    status,
    summary: `the registry answered ${status}, and still has it.`,
    hint: isTag
      ? 'The registry may not delete tags, only digests, or the tag may be immutable or protected: see its settings.'
      : 'The digest may be protected or immutable, or deletes may be switched off: see the settings of the registry.',
  });
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
