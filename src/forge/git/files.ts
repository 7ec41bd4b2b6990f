/** The files of a change, by path from the top of the repository; null removes one. */
export type FileChanges = ReadonlyMap<string, string | null>;

/**
 * Throws a plain error for a path that no file of a commit can have, or that means something to git: a caller that asks
 * for one has a bug.
 */
export function checkPaths(files: FileChanges): void {
  for (const path of files.keys()) {
    const parts = path.split('/');
    const isBad =
      path.includes('\0') || path.includes('\n') || parts.some((part) => /^(?:|\.{1,2}|\.git)$/i.test(part));
    if (isBad) throw new Error(`not a path in a repository: ${JSON.stringify(path)}`);
  }
}
