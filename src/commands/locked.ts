import type { Config } from '../config/types.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context } from './context.ts';
import { showAtRevision } from './git-show.ts';
import { staleWarnings } from './target.ts';
import { openLockfile } from './workspace.ts';

export interface Locked {
  readonly lockfile: Lockfile;
  /** That the configuration has moved on since, where that counts. */
  readonly warnings: readonly Problem[];
}

/**
 * The lockfile to work on: that of the work tree, or that of a git revision, such as a `mirrored/…` tag, which is what
 * the destinations had then. An earlier one may differ from the configuration, of which only registries count here.
 *
 * @throws UserError `lock/missing`, `git/not-a-repository`, `git/unknown-revision`, and as `parseLockfile` does
 */
export async function openLocked(context: Context, config: Config, revision?: string): Promise<Locked> {
  if (revision === undefined) {
    const lockfile = await openLockfile(context);
    return { lockfile, warnings: staleWarnings(lockfile, config) };
  }
  const text = await showAtRevision(context, revision, lockfileName);
  if (text === undefined) {
    throw problemError('lock/missing', `The revision has no ${lockfileName}.`, revision, 'Name a later one.');
  }
  return { lockfile: parseLockfile(text, `${revision}:${lockfileName}`), warnings: [] };
}
