import { createHash } from 'node:crypto';
import { type Digest, isDigest } from '../core/names.ts';
import type { RegistryErrorKind, RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import type { HttpAnswer } from './http/exchange.ts';
import { isManifestType, mediaTypeOf } from './media-types.ts';
import { isHtml } from './server-message.ts';
import type { Manifest, ManifestHead } from './types.ts';

/** The sha256 digest of bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (isDigest(digest)) return digest;
  throw new Error('a sha256 digest is 64 hexadecimal digits');
}

/**
 * Reads the answer to a HEAD of a manifest.
 *
 * @throws RegistryError `not-a-registry`, `media-type`, `no-digest`, `digest-mismatch`
 */
export function readHead(answer: HttpAnswer, request: RequestContext): ManifestHead {
  const mediaType = checkedMediaType(answer, request);
  const digest = digestHeader(answer, request);
  if (digest === undefined) throw failure('no-digest', request, answer, 'the answer has no Docker-Content-Digest.');
  checkAsked(request, answer, digest);
  const length = answer.headers['content-length'];
  return { digest, mediaType, ...(/^\d{1,15}$/.test(length ?? '') ? { size: Number(length) } : {}) };
}

/**
 * Reads the answer to a GET of a manifest; the bytes are what their digest says.
 *
 * @throws RegistryError `not-a-registry`, `media-type`, `no-digest`, `digest-mismatch`
 */
export function readManifest(answer: HttpAnswer, request: RequestContext): Manifest {
  const mediaType = checkedMediaType(answer, request);
  const digest = digestOf(answer.body);
  const told = digestHeader(answer, request);
  if (told !== undefined && told !== digest) {
    throw failure('digest-mismatch', request, answer, `the bytes have ${digest}, the header tells another.`, told);
  }
  checkAsked(request, answer, digest);
  return { digest, mediaType, bytes: answer.body };
}

/**
 * Checks the answer to a PUT of a manifest.
 *
 * @throws RegistryError `no-digest`, `digest-mismatch`
 */
export function checkWritten(answer: HttpAnswer, request: RequestContext, digest: Digest): void {
  const told = digestHeader(answer, request);
  if (told === undefined || told === digest) return;
  throw failure('digest-mismatch', request, answer, `${digest} was written, and the registry stored another.`, told);
}

function checkedMediaType(answer: HttpAnswer, request: RequestContext): string {
  const contentType = answer.headers['content-type'];
  if (isHtml(contentType)) throw failure('not-a-registry', request, answer, 'a web page was the answer.');
  const mediaType = mediaTypeOf(contentType);
  if (isManifestType(mediaType)) return mediaType;
  throw failure('media-type', request, answer, 'this is no manifest of a known type.', contentType ?? '(none)');
}

function digestHeader(answer: HttpAnswer, request: RequestContext): Digest | undefined {
  const digest = answer.headers['docker-content-digest'];
  if (digest === undefined || isDigest(digest)) return digest;
  throw failure('no-digest', request, answer, 'Docker-Content-Digest is no sha256 digest.', digest);
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
