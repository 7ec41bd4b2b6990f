import { basename, dirname } from 'node:path';
import { type RepositoryFiles, repositoryFiles } from '../core/repository-files.ts';
import { formatLockfile } from './format.ts';
import { parseLockfile } from './parse.ts';
import type { Lockfile } from './types.ts';

export const lockfileName = 'mirrors.lock.yaml';

/**
 * Reads the lockfile at `path`; `undefined` when there is none.
 *
 * @throws UserError as {@link parseLockfile} does, and as {@link RepositoryFiles} with `lock/…`
 */
export async function readLockfile(path: string): Promise<Lockfile | undefined> {
  const text = await filesAt(path).read(basename(path));
  return text === undefined ? undefined : parseLockfile(text, basename(path));
}

/**
 * Writes the lockfile whole or not at all; a file of the same bytes is not written. Says whether it wrote.
 *
 * @throws UserError as {@link RepositoryFiles} with `lock/…`
 */
export async function writeLockfile(path: string, lockfile: Lockfile): Promise<boolean> {
  const files = filesAt(path);
  const text = formatLockfile(lockfile);
  if ((await files.read(basename(path))) === text) return false;
  await files.write(basename(path), text);
  return true;
}

function filesAt(path: string): RepositoryFiles {
  return repositoryFiles(dirname(path), 'lock');
}
