import type { RateLimiter } from '../http/rate-limiter.ts';
import { retrying } from '../http/retry.ts';
import { retryTable } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import type { Reach } from './reach.ts';

export interface RetryPolicy {
  /** How often a request is tried at most. */
  readonly tries: number;
  /** The longest wait, in milliseconds; where the registry asks for a longer one, the error is final. */
  readonly longestWaitMs: number;
  /** The most that one request waits in all, in milliseconds, where the pull limit is reached; absent: as for any error. */
  readonly mostPullWaitMs?: number;
}

export const defaultRetryPolicy: RetryPolicy = { tries: 5, longestWaitMs: 300_000 };

/**
 * The wait before the next try, in milliseconds; `undefined` when the error is final. `attempt` counts from 1. The table
 * decides what is tried again; a registry's `Retry-After` decides when, but hardly sooner than the table.
 *
 * @param othersWork whether other requests were answered meanwhile: then a 500 is about one thing, and waited for shortly
 */
export function retryDelay(
  error: unknown,
  attempt: number,
  policy: RetryPolicy,
  othersWork = false,
): number | undefined {
  const usual = delayOf(error, attempt, policy);
  const delay = usual !== undefined && othersWork && isOfOneThing(error) ? Math.min(usual, loneDelayMs) : usual;
  const isPullLimit = error instanceof RegistryError && error.details.isPullLimit === true;
  if (delay === undefined || !isPullLimit || policy.mostPullWaitMs === undefined) return delay;
  // The waits double: those before this one were together less than it, one first wait less.
  const before =
    error.retryAfterMs === undefined
      ? delay - Math.min(delay, retryTable[error.kind].firstDelayMs)
      : delay * (attempt - 1);
  return before + delay > policy.mostPullWaitMs ? undefined : delay;
}

/** The longest wait before a read is tried again that fails while the registry answers others (ms). */
const loneDelayMs = 300;

/** After so many failed tries and nothing that was answered between them, it is the registry that fails. */
const mostInRow = 25;

/** A 500 to a read says that one thing cannot be served; 502 to 504 are about the whole registry. */
function isOfOneThing(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.status !== 500 || error.retryAfterMs !== undefined) return false;
  const { method, repository } = error.details.request;
  return repository !== undefined && (method === 'HEAD' || method === 'GET');
}

function delayOf(error: unknown, attempt: number, policy: RetryPolicy): number | undefined {
  if (!(error instanceof RegistryError) || error.details.final) return undefined;
  const { retry, firstDelayMs } = retryTable[error.kind];
  if (!retry || attempt >= policy.tries) return undefined;
  const asked = error.retryAfterMs;
  if (asked === undefined) return Math.min(firstDelayMs * 2 ** (attempt - 1), policy.longestWaitMs);
  return asked > policy.longestWaitMs ? undefined : Math.max(asked, Math.min(firstDelayMs, 1_000));
}

/** Does work until there is a result or a final error. */
export type Persist = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Tries again what the table allows, and not where the host is found to be away meanwhile. A registry that has had enough is
 * left alone by every request, not only by the one that was told so.
 */
export function persistent(
  policy: RetryPolicy,
  { limiter, reach }: { readonly limiter: RateLimiter; readonly reach: Reach },
): Persist {
  let [answered, failedInRow] = [0, 0];
  const prepare = async (error: unknown, attempt: number, before: number): Promise<boolean> => {
    failedInRow += 1;
    const othersWork = answered > before || (answered > 0 && failedInRow <= mostInRow);
    const request = error instanceof RegistryError ? error.details.request : undefined;
    const isAway = request !== undefined && reach.isAway(request);
    const delay = isAway ? undefined : retryDelay(error, attempt, policy, othersWork);
    const limited = error instanceof RegistryError && error.kind === 'rate-limited' ? error : undefined;
    if (delay === undefined) {
      if (limited?.retryAfterMs !== undefined) limiter.refuse(limited.retryAfterMs, ofRegistry(limited));
      return false;
    }
    if (limited === undefined) await reach.sleep(delay, request);
    else limiter.pause(delay);
    return true;
  };
  return async (work) => {
    let since = reach.mark();
    const before = answered;
    try {
      const result = await retrying(work, async (error, tries) => {
        const failedAt = reach.mark();
        const again = await prepare(error, tries, before);
        // Work may have waited long for its turn before its first try.
        if (again && tries === 1) since = failedAt;
        return again;
      });
      answered += 1;
      failedInRow = 0;
      return result;
    } catch (error) {
      reach.gaveUp(error, since);
      throw error;
    }
  };
}

/** The same error, not to be tried again by anybody. */
export function final(error: RegistryError): RegistryError {
  return new RegistryError({ ...error.details, final: true });
}

/** The same error, said of the registry and not of one repository. */
function ofRegistry({ details }: RegistryError): RegistryError {
  const { method, host } = details.request;
  return new RegistryError({ ...details, request: { method, host }, final: true });
}
