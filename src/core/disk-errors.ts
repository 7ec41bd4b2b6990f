/** ENOSPC, and EDQUOT for a user's own limit (errno(3)). */
const full: readonly string[] = ['ENOSPC', 'EDQUOT'];
const unwritable: readonly string[] = [...full, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR'];

/** Whether a write failed since the disk, or the user's part of it, is full. */
export function isDiskFull(error: unknown): error is NodeJS.ErrnoException {
  return hasCode(error, full);
}

/** Whether a write failed since nothing can be written there: the disk is full, read-only or somebody else's. */
export function isUnwritable(error: unknown): error is NodeJS.ErrnoException {
  return hasCode(error, unwritable);
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
