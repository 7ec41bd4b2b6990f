import { digestOf } from '../core/digest-of.ts';
import { type Digest, isDigest, parseDigest, parseTag, type Tag } from '../core/names.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { checkedRepository } from './address.ts';
import type { Scope } from './auth/authorizer.ts';
import type { RegistryErrorKind, RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import { isManifestType, manifestAccept, mediaTypeOf } from './media-types.ts';
import type { RegistryRequest, Send } from './requester.ts';
import { isHtml } from './server-message.ts';
import type { Manifest, ManifestHead, RegistryClient } from './types.ts';

/** distribution takes no larger manifest (registry/handlers/manifests.go, `maxManifestBodySize`). */
const maxManifestBytes = 4 * 1024 * 1024;

/** Answers to PUT and DELETE that are looked at again: only some of them are the specification's. */
const taken: readonly number[] = [200, 201, 202, 204];
const deleted: readonly number[] = [200, 202, 204, 404];

type ManifestRequests = Pick<RegistryClient, 'head' | 'get' | 'put' | 'delete'>;

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

/** How strictly an answer is read. */
interface Reading {
  /** Whether a manifest of a type that is none of the four is an answer too: at a destination, it is something else. */
  readonly takesForeign: boolean;
}

/**
 * Reads the answer to a HEAD of a manifest.
 *
 * @throws RegistryError `not-a-registry`, `media-type`, `no-digest`, `digest-mismatch`
 */
function readHead(answer: HttpAnswer, request: RequestContext, reading: Reading): ManifestHead {
  const mediaType = checkedMediaType(answer, request, reading);
  const digest = digestHeader(answer, request);
  if (digest === undefined) throw failure('no-digest', request, answer, 'the answer has no Docker-Content-Digest.');
  checkAsked(request, answer, digest);
  const length = answer.headers['content-length'];
  return { digest, mediaType, ...(/^\d{1,15}$/.test(length ?? '') ? { size: Number(length) } : {}) };
}

/** Whether an answer names a sha256 digest, right or wrong. */
function namesDigest({ headers }: HttpAnswer): boolean {
  return isDigest(headers['docker-content-digest'] ?? '');
}

/**
 * Reads the answer to a GET of a manifest; the bytes are what their digest says. Of a foreign type, whose digest may be
 * that of a part of its bytes (schema 1), the registry's word counts.
 *
 * @throws RegistryError `not-a-registry`, `media-type`, `no-digest`, `digest-mismatch`
 */
function readManifest(answer: HttpAnswer, request: RequestContext, reading: Reading): Manifest {
  const mediaType = checkedMediaType(answer, request, reading);
  const digest = digestOf(answer.body);
  if (reading.takesForeign && !isManifestType(mediaType)) {
    const own = namesDigest(answer) ? digestHeader(answer, request) : undefined;
    return { digest: own ?? digest, mediaType, bytes: answer.body };
  }
  // Some registries name another kind of digest; what is asked for and compared is sha256.
  const told = reading.takesForeign && !namesDigest(answer) ? undefined : digestHeader(answer, request);
  if (told !== undefined && told !== digest) {
    throw failure('digest-mismatch', request, answer, `the bytes have ${digest}, the header tells another.`, told);
  }
  checkAsked(request, answer, digest);
  return { digest, mediaType, bytes: answer.body };
}

/**
 * Whether the answer to a PUT of a manifest says that the registry has it: a 201 that names its digest. Other answers that
 * registries give (200, 202, 204, or no digest) do not say so.
 *
 * @throws RegistryError `digest-mismatch`
 */
function saysWritten(answer: HttpAnswer, request: RequestContext, digest: Digest): boolean {
  if (!namesDigest(answer)) return false;
  const told = digestHeader(answer, request);
  if (told === digest) return answer.status === 201;
  throw failure('digest-mismatch', request, answer, `${digest} was written, and the registry stored another.`, told);
}

/**
 * Checks what a HEAD gives after a PUT that was answered by `answer`.
 *
 * @throws RegistryError `bad-answer`, `digest-mismatch`
 */
function checkSeen(seen: ManifestHead | undefined, answer: HttpAnswer, request: RequestContext, digest: Digest): void {
  if (seen?.digest === digest) return;
  if (seen === undefined) {
    throw failure(
      'bad-answer',
      request,
      answer,
      `the registry took the manifest (${answer.status}), and does not have it.`,
    );
  }
  const summary = `${digest} was written (${answer.status}), and the registry has another.`;
  throw failure('digest-mismatch', request, answer, summary, seen.digest);
}

function checkedMediaType(answer: HttpAnswer, request: RequestContext, { takesForeign }: Reading): string {
  const contentType = answer.headers['content-type'];
  if (isHtml(contentType)) throw failure('not-a-registry', request, answer, 'a web page was the answer.');
  const mediaType = mediaTypeOf(contentType);
  if (takesForeign || isManifestType(mediaType)) return mediaType;
  throw failure('media-type', request, answer, 'this is not a manifest of a known type.', contentType ?? '(none)');
}

function digestHeader(answer: HttpAnswer, request: RequestContext): Digest | undefined {
  const digest = answer.headers['docker-content-digest'];
  if (digest === undefined || isDigest(digest)) return digest;
  throw failure('no-digest', request, answer, 'Docker-Content-Digest is not a sha256 digest.', digest);
}

function checkAsked(request: RequestContext, answer: HttpAnswer, digest: Digest): void {
  const asked = request.reference;
  if (asked === undefined || !isDigest(asked) || asked === digest) return;
  throw failure('digest-mismatch', request, answer, 'the answer has another digest than was asked for.', digest);
}

function failure(
  kind: RegistryErrorKind,
  request: RequestContext,
  { status }: HttpAnswer,
  summary: string,
  value?: string,
): RegistryError {
  return new RegistryError({ kind, request, status, summary, value });
}
