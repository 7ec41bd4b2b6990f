import type { HttpAnswer } from '../http/exchange.ts';
import { type AnswerWords, productHint } from './error-hints.ts';
import type { RegistryErrorKind, RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import { isPullAmount, parseRetryAfter } from './meter.ts';
import { isHtml, serverMessage } from './server-message.ts';

/** How registries say that a quota is used up: Quay and GitLab by the word, Harbor by "limit", a file system by EDQUOT. */
const quota = /\bquota\b|exceed the configured upper limit|"Err":\s*122\b/i;
/** How registries say that the disk is full: distribution's `Err` 28 is ENOSPC. */
const noSpace = /no space left|"Err":\s*28\b|insufficient storage/i;
/** How distribution says that its storage may not be written: EPERM, EACCES, EROFS. */
const readOnly = /read-only file system|permission denied|"Err":\s*(?:1|13|30)\b/i;
/** How registries say that a tag stays as it is: Harbor "configured as immutable", ECR "cannot be overwritten". */
const immutable = /\bimmutable\b|cannot be overwritten|TAG_ALREADY_EXISTS/i;

const writes: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];
/** Codes by which a registry says that it does not know an upload, or not in this state (OCI distribution spec, "Error Codes"). */
const uploadCodes: readonly string[] = ['BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID'];
/** distribution answers 404 to a manifest whose children or blobs it does not have. */
const contentCode = /^(?:MANIFEST_|BLOB_UNKNOWN$)/;

/** The statuses that mean one thing for every request. */
const kinds: Readonly<Record<number, RegistryErrorKind>> = {
  401: 'unauthorized',
  403: 'denied',
  404: 'not-found',
  408: 'timeout',
  429: 'rate-limited',
  507: 'no-space',
};

const meanings: Partial<Record<RegistryErrorKind, string>> = {
  unauthorized: 'a login is needed',
  denied: 'access is denied',
  'not-found': 'not found',
  'no-repository': 'the registry does not have this repository, and does not create it',
  timeout: 'the registry did not wait any longer',
  'rate-limited': 'too many requests',
  'no-space': 'the registry has no room left',
  quota: 'the quota is used up',
  immutable: 'the tag is immutable',
  'body-too-large': 'what was sent is too large for the registry, or for a proxy before it',
  upload: 'the registry lost track of the upload',
  refused: 'the registry does not take it',
  server: 'the registry failed',
  'not-a-registry': 'no registry answers here',
  'bad-answer': 'not a valid answer to this request',
};

/**
 * The error that an answer stands for, where its request does not expect that answer.
 *
 * @param now in milliseconds since the epoch, for a `Retry-After` that is a date
 */
export function answerError(answer: HttpAnswer, request: RequestContext, now: number): RegistryError {
  const { status, headers, body } = answer;
  const words = wordsOf(answer);
  const kind = kindOf(words, request.method);
  return new RegistryError({
    kind,
    request,
    status,
    summary: `${meanings[kind] ?? kind} (${status}).`,
    said: serverMessage(body, headers['content-type']).text,
    retryAfterMs: parseRetryAfter(headers['retry-after'], now),
    // A token server is no registry, and knows nothing of repositories.
    hint: request.at === undefined ? productHint(kind, request, words) : undefined,
    ...(kind === 'rate-limited' && isPullLimit(answer) ? { isPullLimit: true } : {}),
  });
}

function wordsOf({ status, headers, body }: HttpAnswer): AnswerWords & { readonly isHtml: boolean } {
  const contentType = headers['content-type'];
  const { codes } = serverMessage(body, contentType);
  const text = new TextDecoder().decode(body);
  return { status, codes, text, server: headers['server'] ?? '', isHtml: isHtml(contentType) };
}

/** The Hub's 429 above the pull limit says so; that for too many requests a minute has neither headers nor such words. */
function isPullLimit({ headers, body }: HttpAnswer): boolean {
  return isPullAmount(headers['ratelimit-limit']) || /pull rate limit/i.test(new TextDecoder().decode(body));
}

function kindOf(words: AnswerWords & { readonly isHtml: boolean }, method: string): RegistryErrorKind {
  const { status } = words;
  const isWrite = writes.includes(method);
  if (status >= 500) return kindOfFailure(words, isWrite);
  const refusal = isWrite ? kindOfRefusal(words, method) : undefined;
  if (refusal !== undefined) return refusal;
  const kind = kinds[status];
  if (kind === 'not-found' && words.isHtml) return 'not-a-registry';
  if (kind !== undefined) return kind;
  if (isWrite && status >= 400) return 'refused';
  return words.isHtml ? 'not-a-registry' : 'bad-answer';
}

function kindOfFailure({ status, text }: AnswerWords, isWrite: boolean): RegistryErrorKind {
  if (isWrite && quota.test(text)) return 'quota';
  if (status === 507 || noSpace.test(text)) return 'no-space';
  // What is not implemented (501), or not in this version of HTTP (505), does not come by asking again.
  if (status === 501 || status === 505) return isWrite ? 'refused' : 'bad-answer';
  return readOnly.test(text) ? 'refused' : 'server';
}

/** What a refusal (4xx) of a write means, where its code or words say more than its status. */
function kindOfRefusal(
  words: AnswerWords & { readonly isHtml: boolean },
  method: string,
): RegistryErrorKind | undefined {
  const { status, codes, text } = words;
  if (status < 400 || status === 408 || status === 429) return undefined;
  if (quota.test(text)) return 'quota';
  if (status !== 401 && immutable.test(text)) return 'immutable';
  if (status === 416 || codes.some((code) => uploadCodes.includes(code))) return 'upload';
  if (codes.some((code) => contentCode.test(code))) return 'refused';
  if (status === 413) return 'body-too-large';
  return status === 404 && method !== 'DELETE' && !words.isHtml ? 'no-repository' : undefined;
}
