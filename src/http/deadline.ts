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
