import { RequestError } from 'octokit';
import { cleanText } from '../../core/text.ts';
import { TransportError } from '../../http/transport-error.ts';
import { ForgeError, type ForgeErrorDetails, type ForgeErrorKind } from '../errors.ts';
import { transportFailure } from '../transport.ts';

/** An error answer of GitHub, as far as it decides what went wrong. */
interface Refusal {
  readonly request: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  /** GitHub's words, those of single errors included; empty where the answer is no JSON of GitHub's. */
  readonly said: string;
  readonly isJson: boolean;
}

interface Reading {
  readonly status?: number;
  readonly pattern: RegExp;
  readonly kind: ForgeErrorKind;
  readonly summary: string;
  readonly hint?: string;
}

/** What GitHub's words mean where the status does not say enough; the first that fits. */
const readings: readonly Reading[] = [
  {
    pattern: /Actions is not permitted to create or approve pull requests/i,
    kind: 'missing-permission',
    summary: 'the repository does not let workflows open pull requests.',
    hint: 'Switch on “Allow GitHub Actions to create and approve pull requests” under Settings, Actions, General; or use the token of a GitHub App.',
  },
  {
    pattern: /must authenticate via a GitHub App/i,
    kind: 'missing-permission',
    summary: 'only GitHub Apps may do this, GITHUB_TOKEN among them.',
  },
  {
    pattern: /SAML enforcement/i,
    kind: 'missing-permission',
    summary: 'the organization asks for single sign-on, and the token has none.',
    hint: 'Authorize the token for the organization, under Settings, Developer settings, of the account that it belongs to.',
  },
  {
    pattern: /IP allow list/i,
    kind: 'missing-permission',
    summary: 'the organization only allows some addresses, and not this one.',
  },
  { pattern: /archived/i, status: 403, kind: 'archived', summary: 'the repository is archived.' },
  { pattern: /already exists/i, status: 422, kind: 'exists', summary: 'it exists already.' },
  {
    // What createCommitOnBranch says where `expectedHeadOid` is not the tip.
    pattern: /Expected branch to point to/i,
    kind: 'push-stale',
    summary: 'the branch is not where it was any more.',
  },
  {
    // GitHub's documentation, "Available rules for rulesets".
    pattern: /repository rule violations|verified signatures/i,
    kind: 'commit-rule',
    summary: 'a rule refuses the commit.',
  },
  { pattern: /issues (?:are|has been) disabled/i, kind: 'disabled', summary: 'issues are switched off.' },
];

const byStatus: Readonly<Record<number, readonly [kind: ForgeErrorKind, summary: string]>> = {
  401: ['unauthorized', 'GitHub does not accept the token.'],
  404: ['not-found', 'this is not there, or the token may not see it.'],
  409: ['conflict', 'the repository is not in a state for this.'],
  410: ['disabled', 'this is switched off, or was deleted.'],
  421: ['redirected', 'the answer leads to another address, and the token is not sent there.'],
  422: ['validation', 'GitHub does not accept this.'],
};

/** The error for whatever octokit throws for `request`, such as `POST /repos/acme/mirror/pulls`. A bug is given back. */
export function gitHubFailure(error: unknown, request: string): unknown {
  if (error instanceof ForgeError) return error;
  if (error instanceof TransportError) return transportFailure(error, request);
  if (!(error instanceof RequestError)) return graphQlFailure(error, request);
  if (error.cause instanceof TransportError) return transportFailure(error.cause, request);
  if (error.response === undefined) return error.cause ?? error;
  const { headers, data } = error.response;
  const words = wordsOf(data);
  return new ForgeError(
    read({ request, status: error.status, headers, said: words ?? '', isJson: words !== undefined }),
  );
}

function read(refusal: Refusal): ForgeErrorDetails {
  const { request, status, said, isJson } = refusal;
  const details = { request, status, said };
  const limit = rateLimit(refusal);
  if (limit !== undefined) return { ...details, ...limit };
  const reading = readings.find((one) => one.pattern.test(said) && (one.status ?? status) === status);
  if (reading !== undefined) return { ...details, ...reading };
  const known = byStatus[status];
  if (status >= 500) return { ...details, kind: 'server', summary: `GitHub fails (${status}).` };
  if (!isJson) return { ...details, kind: 'bad-answer', summary: `not an answer of GitHub (${status}).` };
  if (known !== undefined) return { ...details, kind: known[0], summary: known[1] };
  if (status === 403) return { ...details, ...missingRight(refusal) };
  return { ...details, kind: 'bad-answer', summary: `an unexpected answer (${status}).` };
}

function missingRight({ request, headers }: Refusal): Pick<ForgeErrorDetails, 'kind' | 'summary' | 'hint' | 'rights'> {
  const header = headers['x-accepted-github-permissions'];
  const rights = acceptedRights(header === undefined ? undefined : String(header), request);
  const summary = `the token lacks a right: ${rights.join(', or ')}.`;
  return { kind: 'missing-permission', summary, rights, hint: hintForRights(rights) };
}

/** GitHub's documentation, "Rate limits for the REST API": 403 or 429, and a header or the word of it. */
function rateLimit({ status, headers, said }: Refusal) {
  if (status !== 403 && status !== 429) return undefined;
  const isExhausted = headers['x-ratelimit-remaining'] === '0' || headers['x-ratelimit-remaining'] === 0;
  if (status === 403 && !isExhausted && !/rate limit/i.test(said)) return undefined;
  const seconds = Number(headers['retry-after']);
  const reset = Number(headers['x-ratelimit-reset']);
  const until = Number.isFinite(reset) && isExhausted ? `, until ${new Date(reset * 1000).toISOString()}` : '';
  const wait = Number.isFinite(seconds) ? `, for ${seconds} s` : until;
  return {
    kind: 'rate-limited' as const,
    summary: `GitHub takes no more requests${wait}.`,
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined,
  };
}

/** `message` of an error answer and of the errors in it; undefined where it is not one. */
function wordsOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('message' in data)) return undefined;
  const errors = 'errors' in data && Array.isArray(data.errors) ? data.errors.slice(0, 5) : [];
  return [data.message, ...errors.map(wordsOfOne)].filter((word) => typeof word === 'string' && word !== '').join('; ');
}

function wordsOfOne(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null) return '';
  const { message, resource, field, code } = { message: '', resource: '', field: '', code: '', ...error };
  return message === '' ? `${resource} ${field} ${code}`.trim() : message;
}

/** GraphQL answers 200, and tells what went wrong in `errors`, each with a `type`. */
function graphQlFailure(error: unknown, request: string): unknown {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return error;
  const [first] = error.errors as readonly { readonly type?: string; readonly message?: string }[];
  const said = cleanText(first?.message ?? '');
  const statuses: Readonly<Record<string, number>> = { FORBIDDEN: 403, NOT_FOUND: 404, RATE_LIMITED: 429 };
  const status = statuses[first?.type ?? ''] ?? 422;
  return new ForgeError(read({ request, status, headers: {}, said, isJson: true }));
}

/**
 * The rights that a request needs, as a fallback for answers without `X-Accepted-GitHub-Permissions`: GitHub Enterprise of
 * old, and GraphQL. By method and path (GitHub's documentation, "Permissions required for GitHub Apps").
 */
const needed: readonly (readonly [pattern: RegExp, rights: string])[] = [
  [/^GET .*\/compare\//, 'contents=read'],
  [/^GET .*\/pulls(?:\/|$)/, 'pull_requests=read'],
  [/\/pulls(?:\/|$)|graphql$/, 'pull_requests=write'],
  [/^GET .*\/issues(?:\/|$)/, 'issues=read'],
  [/\/issues\/\d+/, 'issues=write; pull_requests=write'],
  [/\/issues$/, 'issues=write'],
  [/^GET /, 'metadata=read'],
];

/**
 * The sets of rights of which a request needs one, in words such as `pull requests: write`. `header` is
 * `X-Accepted-GitHub-Permissions`: sets are parted by `;`, rights of one set by `,`.
 */
function acceptedRights(header: string | undefined, request: string): string[] {
  const text = header ?? needed.find(([pattern]) => pattern.test(request))?.[1] ?? '';
  const sets = text.split(';').filter((set) => set.trim() !== '');
  return sets.map((set) => set.split(',').map(inWords).join(' and '));
}

function inWords(right: string): string {
  const [name = '', level = ''] = cleanText(right, 80).split('=');
  return `${name.replaceAll('_', ' ')}: ${level}`;
}

/** How to give a token these rights, whatever kind it is. */
function hintForRights(rights: readonly string[]): string {
  const [first = 'contents: write'] = rights;
  const key = first.replaceAll(' and ', ', ').replace(/^[\w ]+(?=:)/, (name) => name.replaceAll(' ', '-'));
  return `For GITHUB_TOKEN, put \`${key}\` under \`permissions\` of the job. Give a GitHub App or a fine-grained token this right, or a classic token the scope \`repo\`.`;
}
