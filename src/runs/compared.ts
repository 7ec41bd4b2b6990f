import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { attempt } from '../core/attempt.ts';
import { ifThere } from '../core/file-errors.ts';
import { problemError } from '../core/problem.ts';
import { linkInside } from '../core/repository-files.ts';
import { lockfileName, readLockfile } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context } from '../session/context.ts';
import { showAtRevision } from '../session/mirror-repository.ts';
import { checkCheckedOut, lockfilePath } from '../session/workspace.ts';

/** Two lockfiles to compare, each a file or a git revision of the mirror repository. */
export interface Compared {
  /** Absent: HEAD. */
  readonly from?: string;
  /** Absent: the lockfile here. */
  readonly to?: string;
}

/**
 * Reads two lockfiles; one that is not there is undefined.
 *
 * @throws UserError `lock/symbolic-link`, and as `parseLockfile` and `showAtRevision` do
 */
export async function openCompared(
  context: Context,
  { from = 'HEAD', to }: Compared,
): Promise<{ before: Lockfile | undefined; after: Lockfile | undefined }> {
  const before = from === 'HEAD' ? await openHead(context) : await open(context, from);
  const after = to === undefined ? await readLockfile(lockfilePath(context)) : await open(context, to);
  if (before === undefined && after === undefined) await checkCheckedOut(context);
  return { before, after };
}

/** What HEAD has locked: nothing, where the repository has no commit yet. */
async function openHead(context: Context): Promise<Lockfile | undefined> {
  const read = await attempt(() => open(context, 'HEAD'));
  if (read.ok) return read.value;
  if (read.code === 'git/unknown-revision') return undefined;
  throw read.error;
}

/** A file where there is one of that name, else a revision. A revision without a lockfile has nothing locked. */
async function open(context: Context, argument: string): Promise<Lockfile | undefined> {
  const path = resolve(context.directory, argument);
  const link = await linkInside(context.directory, path);
  if (link !== undefined) throw problemError('lock/symbolic-link', 'A lockfile must not be a symbolic link.', link);
  const text = await ifThere(() => readFile(path, 'utf8'), ['EISDIR']);
  if (text !== undefined) return parseLockfile(text, basename(path));
  const shown = await showAtRevision(context, argument, lockfileName);
  return shown === undefined ? undefined : parseLockfile(shown, `${argument}:${lockfileName}`);
}
