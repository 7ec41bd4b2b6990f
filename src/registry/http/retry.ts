import pRetry from 'p-retry';
import { retryTable } from '../error-kinds.ts';
import { RegistryError } from '../errors.ts';

export interface RetryPolicy {
  /** How often a request is tried at most. */
  readonly tries: number;
  /** The longest wait, in milliseconds; where the registry asks for a longer one, the error is final. */
  readonly longestWaitMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { tries: 5, longestWaitMs: 300_000 };

/**
 * The wait before the next try, in milliseconds; `undefined` when the error is final. `attempt` counts from 1. The table
 * decides what is tried again; a registry's `Retry-After` decides when, but never sooner than the table.
 */
export function retryDelay(error: unknown, attempt: number, policy: RetryPolicy): number | undefined {
  if (!(error instanceof RegistryError)) return undefined;
  const { retry, firstDelayMs } = retryTable[error.kind];
  if (!retry || attempt >= policy.tries) return undefined;
  const asked = error.retryAfterMs;
  if (asked === undefined) return Math.min(firstDelayMs * 2 ** (attempt - 1), policy.longestWaitMs);
  return asked > policy.longestWaitMs ? undefined : Math.max(asked, Math.min(firstDelayMs, 1_000));
}

/** Tries until there is a result or a final error; `wait` is called before each further try. */
export async function retrying<T>(
  attempt: () => Promise<T>,
  policy: RetryPolicy,
  wait: (error: unknown, delayMs: number) => Promise<void>,
): Promise<T> {
  return pRetry(attempt, {
    retries: policy.tries - 1,
    // How long to wait is decided above, and waited by a clock that tests may replace.
    minTimeout: 0,
    shouldRetry: async ({ error, attemptNumber }) => {
      const delay = retryDelay(error, attemptNumber, policy);
      if (delay !== undefined) await wait(error, delay);
      return delay !== undefined;
    },
  });
}
