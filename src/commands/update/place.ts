import { isAbsolute } from 'node:path';
import type { Config } from '../../config/types.ts';
import { ExitCode } from '../../core/exit-code.ts';
import { problemError, UserError } from '../../core/problem.ts';
import { fetchTip } from '../../forge/git/read.ts';
import type { PushRemote } from '../../forge/git/remote.ts';
import { type Git, runGit } from '../../forge/git/run.ts';
import type { Access, Forge } from '../../forge/types.ts';
import type { Context } from '../context.ts';
import { mirrorGit, mirrorRemote } from '../mirror-git.ts';

/** The git repository that the mirror is in, and where it is pushed to. */
export interface Workplace {
  readonly git: Git;
  readonly remote: PushRemote;
  /** Where in the git repository the mirror repository is: empty, or a path with `/` at its end. */
  readonly prefix: string;
}

/**
 * Finds the git repository. Nothing is asked outside.
 *
 * @throws UserError `update/no-git`, `update/no-remote`, `update/config-outside`, and as `mirrorRemote` does
 */
export async function findWorkplace(context: Context): Promise<Workplace> {
  const git = mirrorGit(context);
  const { exitCode, stdout } = await runGit(git, { args: ['rev-parse', '--show-prefix'] });
  if (exitCode !== 0) {
    const hint = 'Run it in a clone of the mirror repository, or name one with -C.';
    throw problemError('update/no-git', 'This folder is in no git repository.', context.directory, hint);
  }
  const isOutside = isAbsolute(context.configFile) || context.configFile.split('/').includes('..');
  if (isOutside) {
    const message =
      'What is proposed is made from what is committed: the configuration must be in the mirror repository.';
    throw problemError('update/config-outside', message, context.configFile);
  }
  const remote = await mirrorRemote(context);
  if (remote === undefined) {
    throw problemError(
      'update/no-remote',
      'There is no remote `origin` to propose a change to.',
      undefined,
      'Add one: `git remote add origin URL`.',
    );
  }
  return { git, remote, prefix: stdout.trimEnd() };
}

/** The branch that changes go to, and the commit at its tip, which is brought here. @throws UserError `update/no-base` */
export async function findBase({ git, remote }: Workplace, branch: string): Promise<{ branch: string; tip: string }> {
  const tip = await fetchTip(git, remote, branch);
  if (tip !== undefined) return { branch, tip };
  const hint = 'An empty repository needs a first commit, with mirrors.yaml. Another branch is named by `update.base`.';
  throw failure('update/no-base', 'The remote has no such branch to propose a change to.', branch, hint);
}

/**
 * What the repository and the token allow, where they allow what `update` does.
 *
 * @throws UserError `update/archived`, `update/no-proposals`, `update/may-not-push`, `update/may-not-propose`
 */
export async function checkAccess(forge: Forge): Promise<Access> {
  const access = await forge.probe();
  if (access.isArchived)
    throw failure('update/archived', 'The repository is archived: nothing can be proposed to it.', forge.repository);
  if (!access.allowsProposals) {
    const hint = 'Switch them on in the settings of the repository.';
    throw failure('update/no-proposals', 'The repository has pull requests switched off.', forge.repository, hint);
  }
  const hint =
    forge.kind === 'github'
      ? 'A workflow needs `permissions: {contents: write, pull-requests: write}`.'
      : 'It needs the scopes `api` and `write_repository`, and the role Developer.';
  if (access.mayPush === 'no')
    throw failure('update/may-not-push', 'The token may not push: it lacks `contents: write`.', forge.repository, hint);
  if (access.mayPropose === 'no')
    throw failure(
      'update/may-not-propose',
      'The token may not open pull requests: it lacks `pull-requests: write`.',
      forge.repository,
      hint,
    );
  return access;
}

function failure(code: string, message: string, value: string, hint?: string): UserError {
  const problem = { code, severity: 'error' as const, message, value, ...(hint === undefined ? {} : { hint }) };
  return new UserError([problem], { exitCode: ExitCode.failed });
}

/** Where `update` is set, and the base where it is. */
export type UpdateConfig = Config['update'];
