import { relative } from 'node:path';
import { simpleGit } from 'simple-git';
import { problemError } from '../core/problem.ts';
import type { Context } from './context.ts';

/**
 * A file of the mirror repository as it was at a revision; `undefined` when that revision has no such file.
 *
 * @throws UserError `git/not-a-repository`, `git/unknown-revision`
 */
export async function showAtRevision(
  { directory }: Context,
  revision: string,
  file: string,
): Promise<string | undefined> {
  const git = simpleGit({ baseDir: directory });
  const root = await git.revparse(['--show-toplevel']).catch(() => {
    throw problemError('git/not-a-repository', 'The mirror repository is not in a git work tree.', directory);
  });
  const commit = await git
    .raw(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])
    .catch(() => '');
  if (commit.trim() === '') {
    const hint =
      'Name a branch, tag or commit that this clone has; `git fetch --tags` brings the tags of a shallow one.';
    throw problemError('git/unknown-revision', 'There is no such git revision here.', revision, hint);
  }
  const path = [relative(root.trim(), directory), file].filter((part) => part !== '').join('/');
  const listed = await git.raw(['ls-tree', '--name-only', '--full-tree', commit.trim(), '--', path]);
  return listed.trim() === '' ? undefined : git.raw(['cat-file', 'blob', `${commit.trim()}:${path}`]);
}
