import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { problemError } from '../core/problem.ts';
import { formatLockfile } from './format.ts';
import { parseLockfile } from './parse.ts';
import type { Lockfile } from './types.ts';

export const lockfileName = 'mirrors.lock.yaml';

/** Reads the lockfile at `path`; `undefined` when there is none. Throws as {@link parseLockfile} does. */
export async function readLockfile(path: string): Promise<Lockfile | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : parseLockfile(text, basename(path));
}

/** Writes the lockfile whole or not at all; a file of the same bytes is left alone. Says whether it wrote. */
export async function writeLockfile(path: string, lockfile: Lockfile): Promise<boolean> {
  const text = formatLockfile(lockfile);
  if ((await readIfThere(path)) === text) return false;
  await writeFileAtomic(path, text);
  return true;
}

/** The file's text, `undefined` when there is none. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    throw problemError('lock/unreadable', `The lockfile cannot be read (${code}).`, path);
  }
}
