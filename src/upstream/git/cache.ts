import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { problemError } from '../../core/problem.ts';
import { interruptedError } from './failure.ts';

/** After this many fetches a repository is made anew, which is quicker than to look through so many packs. */
const maxPacks = 64;

/** A lock is its owner's for as long as the owner renews it; one that was not for this long is of a process that died. */
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
  const release = await acquire(folder, signal);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(folder: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  for (;;) {
    if (signal?.aborted) throw interruptedError();
    try {
      await mkdir(folder, { recursive: true });
      return await takeLock(folder);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'ELOCKED') throw cacheError(folder, error);
    }
    await wait(waitBetween, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      throw signal?.aborted ? interruptedError(error) : error;
    });
  }
}

/**
 * A lock that another process took, since this one was asleep for long, is not given back. The work goes on: git has locks of
 * its own for what it writes, and what it reads is checked.
 */
async function takeLock(folder: string): Promise<() => Promise<void>> {
  let isOurs = true;
  const onCompromised = (): void => {
    isOurs = false;
  };
  const release = await lock(folder, { realpath: false, stale: staleAfter, onCompromised });
  return async () => {
    if (isOurs) await release();
  };
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
  const names = await readFolder(directory);
  if (names.length === 0) return 'absent';
  const packs = await readFolder(join(directory, 'objects', 'pack'));
  return packs.filter((name) => name.endsWith('.pack')).length > maxPacks ? 'worn' : 'usable';
}

async function readFolder(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}
