import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from '../../core/file-errors.ts';
import { withFileLock } from '../../core/file-lock.ts';
import { problemError } from '../../core/problem.ts';
import { interruptedError } from './failure.ts';

/** After this many fetches a repository is made anew, which is quicker than to look through so many packs. */
const maxPacks = 64;

const staleAfter = 20_000;
const waitBetween = 100;

/**
 * Runs `work` while no other run, of this process or another, works on `folder`; the others wait. Throws a UserError
 * `upstream/interrupted` when `signal` ends the waiting, and `upstream/cache` where the folder cannot be written.
 */
export async function withLock<Result>(
  folder: string,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const failure = (error: unknown) => (signal?.aborted ? interruptedError(error) : cacheError(folder, error));
  if (signal?.aborted) throw interruptedError();
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw failure(error);
  });
  // Where the lock is lost, the work goes on: git has locks of its own for what it writes, and what it reads is checked.
  return withFileLock(folder, { staleAfter, waitBetween, signal, failure }, work);
}

function cacheError(folder: string, cause: unknown) {
  const value = cause instanceof Error ? cause.message : folder;
  const hint = 'Set MIRRORLOCK_CACHE to a folder that can be written.';
  const error = problemError('upstream/cache', 'The folder for clones of upstream cannot be used.', value, hint);
  error.cause = cause;
  return error;
}

/** Removes a repository and makes an empty folder of it. */
export async function clear(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  await mkdir(directory, { recursive: true });
}

export type CacheState = 'absent' | 'usable' | 'worn';

/** Whether there is a repository in a folder, and whether so much was fetched into it that a new one is better. */
export async function stateOf(directory: string): Promise<CacheState> {
  const names = (await ifThere(() => readdir(directory))) ?? [];
  if (names.length === 0) return 'absent';
  const packs = (await ifThere(() => readdir(join(directory, 'objects', 'pack')))) ?? [];
  return packs.filter((name) => name.endsWith('.pack')).length > maxPacks ? 'worn' : 'usable';
}
