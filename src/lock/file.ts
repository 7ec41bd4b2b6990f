import { basename, dirname } from 'node:path';
import { type RepositoryFiles, repositoryFiles } from '../core/repository-files.ts';
import { scanLockfile } from './scan.ts';
import type { Lockfile } from './types.ts';

export const lockfileName = 'mirrors.lock.yaml';

/**
 * Reads the lockfile at `path`; `undefined` when there is none.
 *
 * @throws UserError as `parseLockfile` does, and as {@link RepositoryFiles} with `lock/…`
 */
export async function readLockfile(path: string): Promise<Lockfile | undefined> {
  const text = await filesAt(path).read(basename(path));
  return text === undefined ? undefined : readLockText(text, basename(path));
}

/**
 * Reads the text of a lockfile: in the form that this tool writes by a reader of that form, which takes a fiftieth of the
 * time, and in any other by the YAML parser, which is loaded only then.
 *
 * @throws UserError as `parseLockfile` does
 */
export async function readLockText(text: string, file: string): Promise<Lockfile> {
  return scanLockfile(text) ?? (await import('./parse.ts')).parseLockfile(text, file);
}

/**
 * Writes the lockfile whole or not at all; a file of the same bytes is not written. Says whether it wrote.
 *
 * @throws UserError as {@link RepositoryFiles} with `lock/…`
 */
export async function writeLockfile(path: string, lockfile: Lockfile): Promise<boolean> {
  const files = filesAt(path);
  const text = (await import('./format.ts')).formatLockfile(lockfile);
  if ((await files.read(basename(path))) === text) return false;
  await files.write(basename(path), text);
  return true;
}

function filesAt(path: string): RepositoryFiles {
  return repositoryFiles(dirname(path), 'lock');
}
