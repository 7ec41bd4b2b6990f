import { problemError } from '../core/problem.ts';
import { repositoryFiles } from '../core/repository-files.ts';
import { isShallow, readFileAt } from '../forge/git/read.ts';
import { type Git, readGit, runGit } from '../forge/git/run.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import type { Lockfile } from '../lock/types.ts';
import type { LockVersion } from '../prune/types.ts';
import type { Context } from './context.ts';
import { mirrorGit } from './mirror-repository.ts';

/** The lockfile that was merged, and those before it. */
interface LockHistory {
  /** That of HEAD. */
  readonly current: Lockfile;
  /** The newest first, beginning with HEAD's: only commits that changed the lockfile. */
  versions(): AsyncIterable<LockVersion>;
}

/**
 * Opens the history of the lockfile in HEAD's first parents: on the main branch, what was merged. Nothing is asked outside.
 *
 * @throws UserError `prune/no-commit`, `prune/shallow`, `prune/not-locked`, `prune/lockfile-differs`
 */
export async function openLockHistory(context: Context): Promise<LockHistory> {
  const git = mirrorGit(context);
  const head = await runGit(git, { args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'] });
  if (head.exitCode !== 0) {
    const message = 'The mirror repository has no commit, and so no history of the lockfile.';
    throw problemError('prune/no-commit', message, context.directory);
  }
  const commit = head.stdout.trim();
  if (await isShallow(git)) {
    const hint = 'Run `git fetch --unshallow`; in GitHub Actions give actions/checkout `fetch-depth: 0`.';
    throw problemError('prune/shallow', 'The clone is shallow: it does not have the history.', commit, hint);
  }
  const folder = await readGit(git, 'rev-parse', (simple) => simple.revparse(['--show-prefix']));
  const path = `${folder}${lockfileName}`;
  const text = await readFileAt(git, commit, path);
  if (text === undefined) throw problemError('prune/not-locked', `HEAD has no ${lockfileName}.`, commit);
  if ((await repositoryFiles(context.directory, 'lock').read(lockfileName)) !== text) {
    const message = `Only merged lockfiles count, and ${lockfileName} differs from HEAD.`;
    throw problemError('prune/lockfile-differs', message, commit, 'Commit it first, or restore it.');
  }
  return { current: parseLockfile(text, lockfileName), versions: () => readVersions(git, commit, path) };
}

async function* readVersions(git: Git, head: string, path: string): AsyncGenerator<LockVersion> {
  const args = ['log', '--first-parent', '-m', '--no-renames', '--format=%H %ct', head, '--', `:(top)${path}`];
  const lines = (await readGit(git, 'log', (simple) => simple.raw(args))).split('\n').filter(Boolean);
  for (const line of lines) {
    const [commit = '', seconds = ''] = line.split(' ');
    const text = await readFileAt(git, commit, path);
    // A commit may have removed it; what it named was then dropped by that commit.
    yield { commit, time: Number(seconds) * 1_000, text: text ?? '\nimages:\n' };
  }
}
