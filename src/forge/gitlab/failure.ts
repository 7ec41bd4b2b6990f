import { TransportError } from '../../http/transport-error.ts';
import { ForgeError, type ForgeErrorDetails, type ForgeErrorKind } from '../errors.ts';
import { transportFailure } from '../transport.ts';

const byStatus: Readonly<Record<number, readonly [kind: ForgeErrorKind, summary: string]>> = {
  400: ['validation', 'GitLab does not accept this.'],
  401: ['unauthorized', 'GitLab does not accept the token.'],
  404: ['not-found', 'this is not there, or the token may not see it.'],
  405: ['conflict', 'the merge request is not in a state for this.'],
  406: ['conflict', 'the merge request has a conflict.'],
  409: ['conflict', 'the project is not in a state for this.'],
  421: ['redirected', 'the answer leads to another address, and the token is not sent there.'],
  422: ['validation', 'GitLab does not accept this.'],
};

/** The error for whatever gitbeaker throws for `request`. A bug is given back. */
export function gitLabFailure(error: unknown, request: string): unknown {
  if (error instanceof TransportError) return transportFailure(error, request);
  return error instanceof GitLabRefusal ? new ForgeError(read(error, request)) : error;
}

function read({ status, said, retryAfterSeconds }: GitLabRefusal, request: string): ForgeErrorDetails {
  const details = { request, status, said };
  if (status === 429) {
    const wait = retryAfterSeconds === undefined ? '' : `, for ${retryAfterSeconds} s`;
    return { ...details, kind: 'rate-limited', summary: `GitLab takes no more requests${wait}.`, retryAfterSeconds };
  }
  if (status >= 500) return { ...details, kind: 'server', summary: `GitLab fails (${status}).` };
  if (said === undefined) return { ...details, kind: 'bad-answer', summary: `not an answer of GitLab (${status}).` };
  if (status === 403) return { ...details, ...refused(said, request) };
  if (status === 401 && /\/merge$/.test(request)) return { ...details, ...missing(['role: Developer or Maintainer']) };
  if (status === 409 && /already exists/i.test(said))
    return { ...details, kind: 'exists', summary: 'it exists already.' };
  const known = byStatus[status];
  if (known !== undefined) return { ...details, kind: known[0], summary: known[1] };
  return { ...details, kind: 'bad-answer', summary: `an unexpected answer (${status}).` };
}

/** 403: the scope of the token, the role of its account, an archived project, or a feature that is off. */
function refused(said: string, request: string): Pick<ForgeErrorDetails, 'kind' | 'summary'> {
  if (/insufficient_scope/.test(said)) return missing(['scope: api']);
  if (/archived/i.test(said)) return { kind: 'archived', summary: 'the project is archived.' };
  return missing([request.startsWith('GET ') ? 'role: Reporter' : 'role: Developer']);
}

function missing(rights: readonly string[]) {
  const hint =
    'Use a project access token with the scope `api` (and `write_repository` for pushes) and the role Developer.';
  return {
    kind: 'missing-permission' as const,
    summary: `the token lacks a right: ${rights.join(', or ')}.`,
    rights,
    hint,
  };
}

/** An answer of GitLab that is not what was asked for. It holds only the words and headers of the answer. */
export class GitLabRefusal extends Error {
  readonly status: number;
  /** GitLab's words; undefined where the answer is no JSON of GitLab's. */
  readonly said: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, said: string | undefined, retryAfterSeconds?: number) {
    super(said ?? `an answer ${status}`);
    this.status = status;
    this.said = said;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * The words of an error answer: `message`, which is a text, a list, or lists of texts by field, or `error` with
 * `error_description` (GitLab's documentation, "REST API troubleshooting"). Undefined where there are none.
 */
export function wordsOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const {
    message,
    error,
    error_description: description,
  } = { message: undefined, error: undefined, error_description: undefined, ...body };
  const words = [...textsOf(message), ...textsOf(error), ...textsOf(description)];
  return words.length === 0 ? undefined : words.slice(0, 6).join('; ');
}

function textsOf(value: unknown, field = ''): string[] {
  if (typeof value === 'string') return [field === '' ? value : `${field} ${value}`];
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, field));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => textsOf(item, name === 'base' ? '' : name));
}
