import { problemError, type UserError } from '../core/problem.ts';
import { type GitFailure, gitWords } from './failure.ts';

/** The remedy where git does not trust the owner of a repository: it names the folder that git named. */
export function safeDirectoryHint(stderr: string): string {
  const path = /dubious ownership in repository at '(.*)'/.exec(stderr)?.[1] ?? 'PATH';
  const quoted = /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
  return `If you trust it, run \`git config --global --add safe.directory ${quoted}\` as the user who runs mirrorlock.`;
}

/**
 * The error for a repository of the user's that git cannot be used in, by what git says; undefined for any other failure:
 * `git/missing`, `git/foreign-repository`, `git/partial-clone`.
 */
export function repositoryProblem({ stderr }: Pick<GitFailure, 'stderr'>, directory: string): UserError | undefined {
  if (gitWords.missing.test(stderr)) {
    const hint = 'Install git, for example with `apt-get install git`, and check that it is on the PATH.';
    return problemError('git/missing', 'git is needed here, and is not on the PATH.', undefined, hint);
  }
  if (gitWords.otherOwner.test(stderr)) {
    const message = 'git does not read a repository that belongs to another user.';
    return problemError('git/foreign-repository', message, directory, safeDirectoryHint(stderr));
  }
  if (gitWords.absentFromClone.test(stderr)) {
    const message = 'The clone is partial: it lacks contents that are needed, and its remote did not give them.';
    const hint =
      'Run `git fetch --refetch --no-filter`, or clone without `--filter`; CI needs no filter at its checkout.';
    return problemError('git/partial-clone', message, directory, hint);
  }
  return undefined;
}
