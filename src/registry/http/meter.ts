import type { PullLimit, RequestCounts } from '../types.ts';
import type { Ask } from './connection.ts';
import type { HttpAnswer } from './exchange.ts';
import { parsePullLimit } from './limit-headers.ts';
import type { RateLimiter } from './rate-limiter.ts';

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
