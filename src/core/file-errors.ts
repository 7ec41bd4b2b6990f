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
