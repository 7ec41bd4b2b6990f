import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere, makeFolder } from '../../core/file-errors.ts';
import { withFileLock } from '../../core/file-lock.ts';
import { problemError } from '../../core/problem.ts';
import { interruptedError } from './failure.ts';

/** After this many fetches a repository is made anew, which is quicker than to look through so many packs. */
const maxPacks = 64;

/** Hooks; and where git looks for settings and remotes besides `config` (gitrepository-layout(5)). */
const foreignNames = new Set(['hooks', 'commondir', 'config.worktree', 'remotes', 'branches', 'worktrees', 'modules']);

/** A line of `config` as git init and this tool write it: none names a program, a file or a server. */
const ownSetting =
  /^\s*(?:\[(?:core|extensions|mirrorlock)\]|(?:repositoryformatversion|filemode|bare|ignorecase|precomposeunicode|symlinks|logallrefupdates|objectformat|refstorage|filter|history)\s*=\s*\w+)?\s*$/i;

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
  await makeFolder(folder).catch((error: unknown) => {
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
  await makeFolder(directory);
}

/**
 * `worn`: so much was fetched into it that a new one is better. `foreign`: it holds what this tool does not write, and what
 * may have git read or run something else.
 */
export type CacheState = 'absent' | 'usable' | 'worn' | 'foreign';

/** What is in a folder for a repository. No git runs in it before this says that it is ours. */
export async function stateOf(directory: string): Promise<CacheState> {
  const names = (await ifThere(() => readdir(directory))) ?? [];
  if (names.length === 0) return 'absent';
  if (names.some((name) => foreignNames.has(name))) return 'foreign';
  const settings = (await ifThere(() => readFile(join(directory, 'config'), 'utf8'))) ?? '';
  if (!settings.split('\n').every((line) => ownSetting.test(line))) return 'foreign';
  const packs = (await ifThere(() => readdir(join(directory, 'objects', 'pack')))) ?? [];
  return packs.filter((name) => name.endsWith('.pack')).length > maxPacks ? 'worn' : 'usable';
}
