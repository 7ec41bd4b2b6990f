import type { Clock } from './clock.ts';

/** Spaces requests out, and holds all of them back where the registry asks for it. */
export interface RateLimiter {
  /**
   * Resolves when a request may be sent; rejects with the signal's reason when that aborts.
   *
   * @param despiteRefusal whether it is sent all the same while others are refused
   */
  take(signal?: AbortSignal, despiteRefusal?: boolean): Promise<void>;
  /** Empties the bucket, and lets nothing pass for `ms` milliseconds. */
  pause(ms: number): void;
  /** Answers for `ms` milliseconds with `error` whoever wants to send. */
  refuse(ms: number, error: Error): void;
}

/**
 * A token bucket that keeps to `requestsPerMinute` in every span of a minute; without a number it only pauses. A tenth of
 * them may go at once, the others follow evenly: a full bucket and a minute's refill are never more than the limit.
 */
export function rateLimiter(requestsPerMinute: number | undefined, clock: Clock): RateLimiter {
  const limit = requestsPerMinute ?? Number.POSITIVE_INFINITY;
  const capacity = Number.isFinite(limit) ? Math.max(1, Math.floor(limit / 10)) : limit;
  // With a limit of 1, the bucket of one is filled once a minute and a bit.
  const perMillisecond = Math.max(limit - capacity, limit / 2) / 60_000;
  let tokens = capacity;
  let filledAt = clock.now();
  let refusal: { readonly until: number; readonly error: Error } | undefined;

  const waitFor = (now: number): number => {
    if (!Number.isFinite(limit)) return filledAt - now;
    if (now > filledAt) {
      tokens = Math.min(capacity, tokens + (now - filledAt) * perMillisecond);
      filledAt = now;
    }
    return tokens >= 1 ? filledAt - now : filledAt - now + (1 - tokens) / perMillisecond;
  };

  return {
    async take(signal, despiteRefusal = false) {
      for (let wait = waitFor(clock.now()); wait > 0; wait = waitFor(clock.now())) {
        await clock.sleep(Math.ceil(wait), signal);
      }
      signal?.throwIfAborted();
      if (refusal !== undefined && !despiteRefusal && clock.now() < refusal.until) throw refusal.error;
      tokens -= 1;
    },
    pause(ms) {
      tokens = Number.isFinite(limit) ? 0 : tokens;
      filledAt = Math.max(filledAt, clock.now() + ms);
    },
    refuse(ms, error) {
      refusal = { until: clock.now() + ms, error };
    },
  };
}
