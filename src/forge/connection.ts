import { type Dispatcher, type RequestInit, Response, fetch as send } from 'undici';
import { defined } from '../core/defined.ts';
import { lazyDispatcher } from '../http/dispatcher.ts';
import { readAtMost } from '../http/exchange.ts';
import { TransportError } from '../http/transport-error.ts';
import { type Hiding, keepSecret } from './secret.ts';
import type { RequestCounts } from './types.ts';

/** How fast a forge is asked, and how long it is waited for. Tests give their own. */
export interface Pace {
  /** Whether writes keep the distance that the forge asks for: 1 s, and 3 s for what sends notifications. */
  readonly isSpaced: boolean;
  /** How long all waits for limits may take together, in seconds. */
  readonly longestWaitSeconds: number;
  /** How often something that may pass is tried again. */
  readonly retries: number;
  /** What a second of waiting is, in milliseconds. */
  readonly secondMs: number;
}

export const politePace: Pace = { isSpaced: true, longestWaitSeconds: 600, retries: 3, secondMs: 1_000 };

/** Which repository on which forge, and as whom. */
export interface ForgeAddress {
  /** Where the API is, without a slash at the end, such as `https://api.github.com`. */
  readonly apiUrl: string;
  /** Where its web pages are, without a slash at the end, such as `https://github.com`. */
  readonly serverUrl: string;
  /** `owner/name`; with GitLab, groups may nest. */
  readonly repository: string;
  readonly token: string;
}

interface ConnectionOptions {
  /** Opens the way to the API when it is first needed. */
  readonly openDispatcher: () => Promise<Dispatcher>;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
  /** Told what is waited for; nothing secret is in it. */
  readonly debug: (line: string) => void;
  /** How long one request may take, in milliseconds; 60,000 when absent. */
  readonly limitMs?: number;
}

/** How a repository on a forge is reached. */
export interface ForgeConnection extends ForgeAddress {
  /** Sends to the origin of the API only. */
  readonly fetch: Fetch;
  /** Keeps the token out of what is said. */
  readonly hide: Hiding;
  readonly counts: Readonly<RequestCounts>;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
  readonly debug: (line: string) => void;
  close(): Promise<void>;
}

/** Connects to a forge; nothing is sent yet. */
export function connect(address: ForgeAddress, options: ConnectionOptions): ForgeConnection {
  const { pace, signal, limitMs } = options;
  const hide = keepSecret(address.token);
  const debug = (line: string): void => options.debug(hide.inText(line));
  const counts: RequestCounts = { reads: 0, writes: 0 };
  const dispatcher = lazyDispatcher(options.openDispatcher);
  const fetch = boundedFetch({
    origin: new URL(address.apiUrl).origin,
    hide: hide.inAnswer,
    dispatcher: () => dispatcher.open(),
    signal,
    ...defined({ limitMs }),
    onRequest: (method, url, body) => {
      if (isRead(method, url, body)) counts.reads += 1;
      else counts.writes += 1;
    },
  });
  return { ...address, fetch, hide, counts, pace, signal, debug, close: () => dispatcher.close() };
}

/** GraphQL asks by POST; what it asks begins with `query` or `mutation`. */
function isRead(method: string, url: string, body: unknown): boolean {
  const isQuery = url.endsWith('/graphql') && typeof body === 'string' && /^\{"query":"\s*query\b/.test(body);
  return method === 'GET' || isQuery;
}

/** Sends one request to a forge. @throws TransportError when no whole answer came; the signal's reason when that aborts */
type Fetch = (url: string | URL, options: RequestInit) => Promise<Response>;

interface FetchOptions {
  /** Where requests go, such as `https://api.github.com`: whatever leads to another origin is answered by 421. */
  readonly origin: string;
  /** Takes secrets out of an answer. */
  readonly hide: (text: string) => string;
  readonly dispatcher: () => Promise<Dispatcher>;
  readonly signal?: AbortSignal | undefined;
  /** Told of each request that is sent. */
  readonly onRequest: (method: string, url: string, body: unknown) => void;
  /** How long one request may take, in milliseconds. */
  readonly limitMs?: number;
  /** How large an answer may be, in bytes. */
  readonly limitBytes?: number;
}

const defaultLimitMs = 60_000;
/** A page of a hundred pull requests with the longest texts has 7 MB. */
const defaultLimitBytes = 32 * 1024 * 1024;

const mostRedirects = 5;

/**
 * A {@link Fetch} whose answers are whole, bounded in time and size, and which sends nothing to another origin: the headers
 * of each request hold a token. It follows redirects within the origin. For one that leads elsewhere, and for a request to
 * another origin such as a link to the next page, it gives an answer 421 with a message that names the other address.
 */
function boundedFetch(options: FetchOptions): Fetch {
  const send = sendOnce(options);
  return async (url, request) => {
    let at = new URL(url);
    if (at.origin !== options.origin) return misdirected(`a link to ${at.origin}`);
    for (let redirects = 0; ; redirects++) {
      const answer = await send(at, request);
      const next = redirectOf(answer, at);
      if (next === undefined) return answer;
      const shown = `${answer.status} to ${next.origin === at.origin ? next.pathname : next.origin}`;
      if (next.origin !== at.origin || !mayRepeat(request, answer) || redirects === mostRedirects)
        return misdirected(options.hide(shown));
      at = next;
    }
  };
}

/** Where an answer leads; undefined for one that leads nowhere. */
function redirectOf({ status, headers }: Response, at: URL): URL | undefined {
  const location = headers.get('location') ?? '';
  const isRedirect = [301, 302, 303, 307, 308].includes(status) && URL.canParse(location, at.href);
  return isRedirect ? new URL(location, at) : undefined;
}

/** By any other status a write would become a GET (https://fetch.spec.whatwg.org/#http-redirect-fetch). */
function mayRepeat({ method = 'GET' }: RequestInit, { status }: Response): boolean {
  return method === 'GET' || status === 307 || status === 308;
}

/** "Misdirected Request" (RFC 9110, section 15.5.20). An answer, since the clients would repeat what is thrown. */
function misdirected(message: string): Response {
  return new Response(JSON.stringify({ message }), { status: 421, headers: { 'content-type': 'application/json' } });
}

function sendOnce(options: FetchOptions): Fetch {
  const { limitMs = defaultLimitMs, limitBytes = defaultLimitBytes, hide } = options;
  return async (url, request) => {
    options.signal?.throwIfAborted();
    options.onRequest(request.method ?? 'GET', String(url), request.body);
    const timeout = AbortSignal.timeout(limitMs);
    const signals = [timeout, options.signal, request.signal].filter((signal) => signal instanceof AbortSignal);
    try {
      const dispatcher = await options.dispatcher();
      const answer = await send(url, { ...request, dispatcher, redirect: 'manual', signal: AbortSignal.any(signals) });
      const body = hide((await readAtMost(answer.body ?? [], limitBytes, 'refuse')).toString());
      const { status, statusText, headers } = answer;
      return new Response(status === 204 || status === 304 ? null : body, { status, statusText, headers });
    } catch (error) {
      options.signal?.throwIfAborted();
      if (timeout.aborted) throw new TransportError('timeout', `there was no whole answer in ${limitMs / 1000} s`);
      // The fetch standard blocks ports of other protocols, and says so in no other way.
      if (error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port')
        throw new TransportError(
          'network',
          'no request goes to this port (https://fetch.spec.whatwg.org/#port-blocking)',
        );
      throw TransportError.from(error);
    }
  };
}
