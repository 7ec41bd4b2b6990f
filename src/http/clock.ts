import { setTimeout as delay } from 'node:timers/promises';
import { defined } from '../core/defined.ts';

/** Time as the registry client sees it, in milliseconds; tests give their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when that aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. Given to the stages by whoever joins them. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, defined({ signal }));
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};

/** The reason with which {@link withDeadline} aborts. */
export class DeadlineError extends Error {}

/**
 * Runs `work` with a signal that aborts when `signal` does, with its reason, or after `ms` milliseconds, with a
 * {@link DeadlineError}. Nothing stays behind on `signal`, which may outlive thousands of these.
 */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal?.reason);
  const timer = setTimeout(() => controller.abort(new DeadlineError(`no end after ${ms} ms`)), ms);
  signal?.addEventListener('abort', follow, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', follow);
  }
}
