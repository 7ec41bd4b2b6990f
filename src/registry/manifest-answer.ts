import { digestOf } from '../core/digest-of.ts';
import { type Digest, isDigest } from '../core/names.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import type { RegistryErrorKind, RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import { isManifestType, mediaTypeOf } from './media-types.ts';
import { isHtml } from './server-message.ts';
import type { Manifest, ManifestHead } from './types.ts';

/** How strictly an answer is read. */
export interface Reading {
  /** Whether a manifest of a type that is none of the four is an answer too: at a destination, it is something else. */
  readonly takesForeign: boolean;
}

/**
 * Reads the answer to a HEAD of a manifest.
 *
 * @throws RegistryError `not-a-registry`, `media-type`, `no-digest`, `digest-mismatch`
 */
export function readHead(answer: HttpAnswer, request: RequestContext, reading: Reading): ManifestHead {
  const mediaType = checkedMediaType(answer, request, reading);
  const digest = digestHeader(answer, request);
  if (digest === undefined) throw failure('no-digest', request, answer, 'the answer has no Docker-Content-Digest.');
  checkAsked(request, answer, digest);
  const length = answer.headers['content-length'];
  return { digest, mediaType, ...(/^\d{1,15}$/.test(length ?? '') ? { size: Number(length) } : {}) };
}

/** Whether an answer names a sha256 digest, right or wrong. */
export function namesDigest({ headers }: HttpAnswer): boolean {
  return isDigest(headers['docker-content-digest'] ?? '');
}

/**
 * Reads the answer to a GET of a manifest; the bytes are what their digest says. Of a foreign type, whose digest may be
 * that of a part of its bytes (schema 1), the registry's word counts.
 *
 * @throws RegistryError `not-a-registry`, `media-type`, `no-digest`, `digest-mismatch`
 */
export function readManifest(answer: HttpAnswer, request: RequestContext, reading: Reading): Manifest {
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
export function saysWritten(answer: HttpAnswer, request: RequestContext, digest: Digest): boolean {
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
export function checkSeen(
  seen: ManifestHead | undefined,
  answer: HttpAnswer,
  request: RequestContext,
  digest: Digest,
): void {
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
