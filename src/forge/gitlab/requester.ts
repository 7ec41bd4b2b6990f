import { createRequesterFn, type FormattedResponse } from '@gitbeaker/requester-utils';
import type { Response } from 'undici';
import { defined } from '../../core/defined.ts';
import { parsedJson } from '../../core/json.ts';
import { userAgent } from '../../core/user-agent.ts';
import { systemClock } from '../../http/clock.ts';
import { retrying } from '../../http/retry.ts';
import { TransportError } from '../../http/transport-error.ts';
import type { ForgeConnection } from '../connection.ts';
import { GitLabRefusal, wordsOf } from './failure.ts';

interface Sent {
  /** Some resources of gitbeaker add a part to the address of the API: `/projects`. */
  readonly prefix: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly searchParams: string | undefined;
  readonly body: string | undefined;
}

/**
 * How gitbeaker sends requests. Its own way waits for no `Retry-After`, has no bound, and throws errors that hold the
 * token; this one is as patient as the pace says, and throws {@link GitLabRefusal} and TransportError.
 */
export function createRequester(connection: ForgeConnection) {
  const { apiUrl, serverUrl, pace } = connection;
  let waitLeft = pace.longestWaitSeconds;

  async function once(endpoint: string, sent: Sent): Promise<FormattedResponse> {
    const query = sent.searchParams === undefined ? '' : `?${sent.searchParams}`;
    const { prefix, method, headers, body } = sent;
    const request = {
      method,
      headers: { ...headers, 'user-agent': userAgent },
      ...defined({ body }),
    };
    const answer = await connection.fetch(`${apiUrl}${prefix}/${endpoint}${query}`, request);
    return readAnswer(answer);
  }

  /** How long to wait before a further try, in seconds; undefined where there is none. */
  function nextTry(error: unknown, { method }: Sent, tries: number): number | undefined {
    if (tries > pace.retries) return undefined;
    if (error instanceof GitLabRefusal && error.status === 429) return waitFor(error.retryAfterSeconds ?? 60);
    const isBroken = error instanceof TransportError && (error.kind === 'network' || error.kind === 'timeout');
    const mayPass = isBroken || (error instanceof GitLabRefusal && error.status >= 500);
    // What was opened may be there already: it is not sent twice.
    return mayPass && method !== 'POST' ? tries ** 2 : undefined;
  }

  function waitFor(seconds: number): number | undefined {
    if (seconds > waitLeft) return undefined;
    waitLeft -= seconds;
    connection.debug(`GitLab's limit is reached: it is asked again in ${seconds} s.`);
    return seconds;
  }

  async function handle(endpoint: string, options: Record<string, unknown> = {}): Promise<FormattedResponse> {
    const sent = toSent(options, `${serverUrl}/api/v4`);
    return retrying(
      () => once(endpoint, sent),
      async (error, tries) => {
        const seconds = nextTry(error, sent, tries);
        if (seconds !== undefined) await systemClock.sleep(seconds * pace.secondMs, connection.signal);
        return seconds !== undefined;
      },
    );
  }

  return createRequesterFn(async (_, options) => options, handle);
}

/** `base` is where gitbeaker takes the API to be. */
function toSent(options: Record<string, unknown>, base: string): Sent {
  const { prefixUrl, method, searchParams, body, headers } = options;
  return {
    prefix: String(prefixUrl).slice(base.length).replace(/\/+$/, ''),
    method: typeof method === 'string' ? method : 'GET',
    headers: Object.fromEntries(Object.entries(Object(headers)).map(([name, value]) => [name, String(value)])),
    searchParams: typeof searchParams === 'string' ? searchParams : undefined,
    body: typeof body === 'string' ? body : undefined,
  };
}

async function readAnswer(answer: Response): Promise<FormattedResponse> {
  const { status } = answer;
  const headers = Object.fromEntries(answer.headers.entries());
  const text = await answer.text();
  const isJson = /^application\/json\b/.test(headers['content-type'] ?? '');
  const body = isJson ? parsedJson(text) : undefined;
  if (!answer.ok) throw new GitLabRefusal(status, wordsOf(body), Number(headers['retry-after']) || undefined);
  if (status !== 204 && (typeof body !== 'object' || body === null)) throw new GitLabRefusal(status, undefined);
  return { status, headers, body: body ?? null } as FormattedResponse;
}
