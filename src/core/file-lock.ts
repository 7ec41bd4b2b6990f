import { setTimeout as wait } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { defined } from './defined.ts';
import { codeOf } from './file-errors.ts';

export interface FileLockOptions {
  /** A lock that its owner has not renewed for so long is of a process that died, and is taken over. In milliseconds. */
  readonly staleAfter: number;
  /** How long to wait between two tries, in milliseconds. */
  readonly waitBetween: number;
  /** How often to try again while another owner holds the lock; absent: until `signal` ends the waiting. */
  readonly retries?: number;
  readonly signal?: AbortSignal | undefined;
  /** Where the lock itself stands; absent: beside `path`, as `PATH.lock`. */
  readonly lockfilePath?: string;
  /** The error to throw where the lock cannot be had; absent: the one that was caught. */
  readonly failure?: (error: unknown) => unknown;
}

/**
 * Runs `work` while no other run, of this process or another, holds the lock of `path`, which need not exist; the folder
 * that the lock stands in must. A process that sleeps longer than `staleAfter` loses the lock: its work goes on, and it does
 * not release what is another's by then. So `work` must replace files whole, or check what it reads.
 *
 * @throws what `failure` gives for an error of the file system, for `ELOCKED` (see {@link isLocked}) after all `retries`, and
 * where `signal` ends the waiting; and what `work` throws
 */
export async function withFileLock<Result>(
  path: string,
  options: FileLockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const release = await acquire(path, options).catch((error: unknown) => {
    throw options.failure?.(error) ?? error;
  });
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Whether a lock was not had since another owner holds it. */
export function isLocked(error: unknown): boolean {
  return codeOf(error) === 'ELOCKED';
}

async function acquire(path: string, options: FileLockOptions): Promise<() => Promise<void>> {
  const { retries = Number.POSITIVE_INFINITY, signal, waitBetween } = options;
  for (let left = retries; ; left -= 1) {
    signal?.throwIfAborted();
    try {
      return await take(path, options);
    } catch (error) {
      if (!isLocked(error) || left <= 0) throw error;
    }
    await wait(waitBetween, undefined, defined({ signal }));
  }
}

async function take(path: string, { staleAfter, lockfilePath }: FileLockOptions): Promise<() => Promise<void>> {
  let isOurs = true;
  const onCompromised = (): void => {
    isOurs = false;
  };
  const place = defined({ lockfilePath });
  const release = await lock(path, { realpath: false, stale: staleAfter, onCompromised, ...place });
  return async () => {
    if (isOurs) await release();
  };
}
