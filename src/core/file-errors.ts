import { lstat, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Nothing stands at the path: the file, or a folder on the way to it, is absent. */
const absent: readonly string[] = ['ENOENT', 'ENOTDIR'];
/** ENOSPC, and EDQUOT for a user's own limit (errno(3)). */
const full: readonly string[] = ['ENOSPC', 'EDQUOT'];
const unwritable: readonly string[] = [...full, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR'];

/** The code of an error of the file system, such as `ENOENT`; undefined for any other error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * What `read` gives; undefined where nothing stands at the path that it reads.
 *
 * @param orCodes more codes that mean the same to the caller, such as `EISDIR`
 * @throws what `read` throws for any other reason
 */
export async function ifThere<Result>(
  read: () => Promise<Result>,
  orCodes: readonly string[] = [],
): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!hasCode(error, absent) && !hasCode(error, orCodes)) throw error;
    return undefined;
  }
}

/**
 * Makes a folder and those above it, unless they are there; one by one, since Node's own recursion has no end where a file
 * system such as /proc makes no folders, and says ENOENT of a read-only one (node `src/node_file.cc`, MKDirpAsync).
 *
 * @throws what Node throws, such as EROFS, EEXIST where the path is a file, ENOTDIR where one is above it
 */
export async function makeFolder(path: string): Promise<void> {
  const { missing } = await missingFolders(path);
  for (const folder of missing.length === 0 ? [path] : missing) await makeOne(folder);
}

/** The nearest path at or above a folder that is there, and the folders below it that are not, the topmost first. */
export async function missingFolders(folder: string): Promise<{ readonly there: string; readonly missing: string[] }> {
  const missing: string[] = [];
  let there = folder;
  while ((await ifThere(() => lstat(there))) === undefined && dirname(there) !== there) {
    missing.unshift(there);
    there = dirname(there);
  }
  return { there, missing };
}

/** Another process may have made it meanwhile. */
async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const isThere = (await ifThere(() => stat(folder)))?.isDirectory() ?? false;
    if (!isThere) throw error;
  }
}

/** Whether a write failed since the disk, or the user's part of it, is full. */
export function isDiskFull(error: unknown): error is NodeJS.ErrnoException {
  return hasCode(error, full);
}

/** Whether a write failed since nothing can be written there: the disk is full, read-only or somebody else's. */
export function isUnwritable(error: unknown): error is NodeJS.ErrnoException {
  return hasCode(error, unwritable);
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  const code = codeOf(error);
  return code !== undefined && codes.includes(code);
}
