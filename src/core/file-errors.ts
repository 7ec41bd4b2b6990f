import { access, constants, mkdir } from 'node:fs/promises';
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
 * Makes a folder and those above it, unless they are there. Node says ENOENT where a file system is read-only (node
 * `src/node_file.cc`, MKDirpAsync): then this asks the nearest folder that is there, whose answer is the true one.
 *
 * @throws what Node throws, such as EROFS
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') await access(await nearest(path), constants.W_OK);
    throw error;
  }
}

async function nearest(path: string): Promise<string> {
  const found = await ifThere(() => access(path).then(() => path));
  return found ?? (dirname(path) === path ? path : nearest(dirname(path)));
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
