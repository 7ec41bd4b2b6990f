import { defined } from '../core/defined.ts';
import type { Clock } from '../http/clock.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Ask } from './connection.ts';
import type { RequestContext } from './error-kinds.ts';
import { isOfConnection, RegistryError } from './errors.ts';

/** How long a host that did not answer is left alone, in milliseconds. */
const restMs = 60_000;

/**
 * Which hosts answer. A host is away when a request to it has failed for good by its connection (network, TLS, no answer in
 * time) and nothing has come from it since that request failed first: what would only repeat the failure fails at once. After a
 * minute one request is let through, once; any answer means that the host is there.
 */
export interface Reach {
  /** A moment, for {@link Reach.gaveUp}. */
  mark(): number;
  /** An exchange whose answers are noted. */
  noting(exchange: Exchange): Exchange;
  /** @throws RegistryError that is final, where the host is away */
  check(request: RequestContext): void;
  /** A way to ask that is not used where the host is away. */
  checking(ask: Ask): Ask;
  /** Whether the host of a request is away: what has failed there is not tried again. */
  isAway(request: RequestContext): boolean;
  /** Notes that work has failed for good; `since` is the moment since which an answer says that the host is there. */
  gaveUp(error: unknown, since: number): void;
  /** Waits before a request is tried again; rejects when its host is found to be away, and with the signal's reason. */
  sleep(ms: number, request: RequestContext | undefined): Promise<void>;
}

export interface ReachOptions {
  /** The registry as people write it, and where its API is. */
  readonly host: string;
  readonly base: URL;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Away {
  readonly error: RegistryError;
  until: number;
}

/** @param options.signal ends waits */
export function reachOf({ host, base, clock, signal }: ReachOptions): Reach {
  const away = new Map<string, Away>();
  const answered = new Map<string, number>();
  const sleepers = new Set<{ readonly at: string | undefined; readonly waker: AbortController }>();
  let answers = 0;

  const leave = (at: string, error: RegistryError): void => {
    away.set(at, { error, until: clock.now() + restMs });
    for (const sleeper of sleepers) if (sleeper.at === at) sleeper.waker.abort(error);
  };

  const check = (request: RequestContext): void => {
    const found = away.get(hostOf(request));
    if (found === undefined) return;
    if (clock.now() < found.until) throw found.error;
    // This one finds out for the others.
    found.until = clock.now() + restMs;
  };

  return {
    check,
    checking: (ask) => async (request, context) => {
      check(context);
      return ask(request, context);
    },
    mark: () => answers,
    noting: (exchange) => async (request) => {
      const answer = await exchange(request);
      const at = request.url.host === base.host ? host : request.url.host;
      answers += 1;
      answered.set(at, answers);
      away.delete(at);
      return answer;
    },
    isAway: (request) => away.has(hostOf(request)),
    gaveUp(error, since) {
      if (!(error instanceof RegistryError) || !isOfConnection(error)) return;
      const at = hostOf(error.details.request);
      if (away.get(at)?.error === error || (answered.get(at) ?? 0) > since) return;
      leave(at, ofHost(error));
    },
    async sleep(ms, request) {
      signal.throwIfAborted();
      const sleeper = { at: request && hostOf(request), waker: new AbortController() };
      const follow = (): void => sleeper.waker.abort(signal.reason);
      sleepers.add(sleeper);
      signal.addEventListener('abort', follow, { once: true });
      try {
        await clock.sleep(ms, sleeper.waker.signal);
      } finally {
        signal.removeEventListener('abort', follow);
        sleepers.delete(sleeper);
      }
    },
  };
}

function hostOf({ host, at }: RequestContext): string {
  return at ?? host;
}

/** The same error, said of the host and not of one repository, and not to be tried again. */
function ofHost({ details }: RegistryError): RegistryError {
  const { method, host, at } = details.request;
  return new RegistryError({
    ...details,
    request: { method, host, ...defined({ at }) },
    final: true,
  });
}
