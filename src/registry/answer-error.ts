import type { RegistryErrorKind, RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import type { HttpAnswer } from './http/exchange.ts';
import { isPullAmount, parseRetryAfter } from './http/limit-headers.ts';
import { isHtml, serverMessage } from './server-message.ts';

/** How registries say that the disk (distribution's `Err` 28), the quota (122) or the project is full. */
const noSpace = /no space left|"Err":\s*(?:28|122)\b|quota|insufficient storage/i;
/** How distribution says that its storage may not be written: EPERM, EACCES, EROFS. */
const readOnly = /read-only file system|permission denied|"Err":\s*(?:1|13|30)\b/i;

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
  'not-found': 'there is no such thing',
  timeout: 'the registry did not wait any longer',
  'rate-limited': 'too many requests',
  'no-space': 'the registry has no room left',
  refused: 'the registry does not take it',
  server: 'the registry failed',
  'not-a-registry': 'no registry answers here',
  'bad-answer': 'that is no answer to this request',
};

/**
 * The error that an answer stands for, where it is none of the answers that its request has.
 *
 * @param now in milliseconds since the epoch, for a `Retry-After` that is a date
 */
export function answerError(answer: HttpAnswer, request: RequestContext, now: number): RegistryError {
  const { status, headers, body } = answer;
  const kind = kindOf(answer, request.method);
  return new RegistryError({
    kind,
    request,
    status,
    summary: `${meanings[kind] ?? kind} (${status}).`,
    said: serverMessage(body, headers['content-type']).text,
    retryAfterMs: parseRetryAfter(headers['retry-after'], now),
    ...(kind === 'rate-limited' && isPullLimit(answer) ? { isPullLimit: true } : {}),
  });
}

/** The Hub's 429 above the pull limit says so; that for too many requests a minute has neither headers nor such words. */
function isPullLimit({ headers, body }: HttpAnswer): boolean {
  return isPullAmount(headers['ratelimit-limit']) || /pull rate limit/i.test(new TextDecoder().decode(body));
}

function kindOf({ status, headers, body }: HttpAnswer, method: string): RegistryErrorKind {
  const writes = method === 'PUT' || method === 'DELETE';
  if (status >= 500) return kindOfFailure(status, new TextDecoder().decode(body));
  const { codes } = serverMessage(body, headers['content-type']);
  // distribution answers 404 to a manifest whose children it does not have.
  if (writes && codes.some((code) => code.startsWith('MANIFEST_'))) return 'refused';
  const kind = kinds[status];
  if (kind === 'not-found' && isHtml(headers['content-type'])) return 'not-a-registry';
  if (kind !== undefined) return kind;
  if (writes && status >= 400) return 'refused';
  return isHtml(headers['content-type']) ? 'not-a-registry' : 'bad-answer';
}

function kindOfFailure(status: number, text: string): RegistryErrorKind {
  if (status === 507 || noSpace.test(text)) return 'no-space';
  return readOnly.test(text) ? 'refused' : 'server';
}
