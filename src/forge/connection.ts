import type { Dispatcher } from 'undici';
import { lazyDispatcher } from '../registry/http/dispatcher.ts';
import { boundedFetch, type Fetch } from './fetch.ts';
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

export interface ConnectionOptions {
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
    ...(limitMs === undefined ? {} : { limitMs }),
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
