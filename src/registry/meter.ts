import type { HttpAnswer } from '../http/exchange.ts';
import type { RateLimiter } from '../http/rate-limiter.ts';
import type { Ask } from './connection.ts';
import type { PullLimit, RequestCounts } from './types.ts';

/** Leave to send a GET of a manifest, which a registry may count as a pull. */
export interface PullGate {
  /** @throws what whoever wanted to send is to get, where the request may not be sent */
  before(): Promise<void>;
  /** Told of the pull limit by each answer that carries it. */
  seen(limit: PullLimit): void;
}

/** Lets requests to a registry pass at its rate, counts each try, and keeps what the answers say of the pull limit. */
export interface Meter {
  readonly counts: Readonly<RequestCounts>;
  readonly pullLimit: PullLimit | undefined;
  /** The same way of asking the registry, at its rate and counted as `kind`. */
  registry(ask: Ask, kind: keyof RequestCounts): Ask;
  /** The same, at once: for what a run that ends, or was stopped, still says. */
  last(ask: Ask, kind: keyof RequestCounts): Ask;
  /** The same way of asking a token server, which has a rate of its own. */
  tokenServer(ask: Ask): Ask;
}

export function meter(limiter: RateLimiter, signal: AbortSignal | undefined, pulls?: PullGate): Meter {
  const counts = {
    manifestHead: 0,
    manifestGet: 0,
    manifestPut: 0,
    manifestDelete: 0,
    tagList: 0,
    blobGet: 0,
    blobHead: 0,
    blobMount: 0,
    blobUpload: 0,
    auth: 0,
  };
  let pullLimit: PullLimit | undefined;

  const note = ({ headers }: HttpAnswer): void => {
    const told = parsePullLimit(headers['ratelimit-limit'], headers['ratelimit-remaining']);
    if (told === undefined) return;
    pullLimit = told;
    pulls?.seen(told);
  };

  return {
    counts,
    get pullLimit() {
      return pullLimit;
    },
    registry: (ask, kind) => async (request, context) => {
      // A blob is no pull: what has been pulled when the limit is reached can still be brought.
      await limiter.take(signal, kind === 'blobGet');
      if (kind === 'manifestGet') await pulls?.before();
      counts[kind] += 1;
      const answer = await ask(request, context);
      note(answer);
      return answer;
    },
    last: (ask, kind) => (request, context) => {
      counts[kind] += 1;
      return ask(request, context);
    },
    tokenServer: (ask) => (request, context) => {
      counts.auth += 1;
      return ask(request, context);
    },
  };
}

/**
 * The pull limit of Docker Hub's headers, such as `100;w=21600` and `98;w=21600` (pulls, and a window in seconds).
 * `undefined` unless both are there in this form: absent is not 0, and other registries and proxies limit requests, not
 * pulls, by headers of the same name.
 */
export function parsePullLimit(
  limitHeader: string | undefined,
  remainingHeader: string | undefined,
): PullLimit | undefined {
  const limit = parseAmount(limitHeader);
  const remaining = parseAmount(remainingHeader);
  if (limit === undefined || remaining === undefined) return undefined;
  return { limit: limit.amount, remaining: remaining.amount, windowSeconds: limit.windowSeconds };
}

/** Whether a `ratelimit-limit` header has the Hub's form, which says pulls in a window. */
export function isPullAmount(header: string | undefined): boolean {
  return parseAmount(header) !== undefined;
}

function parseAmount(header: string | undefined): { amount: number; windowSeconds: number } | undefined {
  const found = /^\s*(\d{1,15})\s*;\s*w=(\d{1,15})\s*$/.exec(header ?? '');
  return found === null ? undefined : { amount: Number(found[1]), windowSeconds: Number(found[2]) };
}

/**
 * The wait that a `Retry-After` header asks for (RFC 9110, section 10.2.3: seconds or a date), in milliseconds and never
 * negative; `undefined` when it is absent or not readable. `now` is in milliseconds since the epoch.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1_000;
  // A date begins with a day's name; Date.parse by itself would also take `-5` or `1.5` for a year.
  const time = /^\s*[A-Za-z]{3,9},?\s/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
