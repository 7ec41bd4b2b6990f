import { isAbsolute } from 'node:path';
import { parseConfig } from '../../config/parse.ts';
import type { Config, UpdateSettings } from '../../config/types.ts';
import { botBranch } from '../../config/update.ts';
import { defined } from '../../core/defined.ts';
import { ExitCode } from '../../core/exit-code.ts';
import { problemError, UserError } from '../../core/problem.ts';
import { checkSubmodule, fetchTip, readFileAt } from '../../forge/git/read.ts';
import type { PushRemote } from '../../forge/git/remote.ts';
import { type Git, runGit } from '../../forge/git/run.ts';
import type { Access, Forge } from '../../forge/types.ts';
import type { Context } from '../../session/context.ts';
import { mirrorGit, mirrorRemote } from '../../session/mirror-repository.ts';

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
 * @throws UserError `update/no-git`, `git/submodule`, `update/no-remote`, `update/config-outside`, and as `mirrorRemote` does
 */
export async function findWorkplace(context: Context): Promise<Workplace> {
  const git = mirrorGit(context);
  const { exitCode, stdout } = await runGit(git, { args: ['rev-parse', '--show-prefix'] });
  if (exitCode !== 0) {
    const hint = 'Run it in a clone of the mirror repository, or name one with -C.';
    throw problemError('update/no-git', 'This folder is not in a git repository.', context.directory, hint);
  }
  await checkSubmodule(git, stdout.trimEnd());
  const isOutside = isAbsolute(context.configFile) || context.configFile.split('/').includes('..');
  if (isOutside) {
    const message = '`update` only reads committed files: the configuration must be in the mirror repository.';
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

/** A branch of the remote with the commit at its tip, which is here. */
export interface BranchTip {
  readonly branch: string;
  readonly tip: string;
}

/** The branch that changes go to, and how they are proposed there. */
export interface Base {
  readonly base: BranchTip;
  readonly update: UpdateSettings;
}

/**
 * Finds the base: `branch`, or, where that was not given by the user, the one that the configuration there names.
 *
 * @throws UserError `update/no-base`, `update/no-config`, `update/branch-is-base`, and as `parseConfig` does
 */
export async function findBase(
  context: Context,
  workplace: Workplace,
  branch: string,
  isGiven: boolean,
): Promise<Base> {
  const first = { branch, tip: await tipOfBase(workplace, branch) };
  const { update } = await configAt(context, workplace, first);
  const named = isGiven ? branch : (update.base ?? branch);
  const base = named === branch ? first : { branch: named, tip: await tipOfBase(workplace, named) };
  if (base.branch !== botBranch(update, workplace.prefix)) return { base, update };
  const hint = 'Give the bot a branch of its own by `update.branch`.';
  throw failure('update/branch-is-base', 'The bot’s branch must differ from the base branch.', base.branch, hint);
}

/** The tip of a branch that must be there. @throws UserError `update/no-base` */
export async function tipOfBase({ git, remote }: Workplace, branch: string): Promise<string> {
  const tip = await fetchTip(git, remote, branch);
  if (tip !== undefined) return tip;
  const hint = 'An empty repository needs a first commit, with mirrors.yaml. Set `update.base` for another branch.';
  throw failure('update/no-base', 'The remote does not have the base branch.', branch, hint);
}

/** The configuration at the tip of a branch. @throws UserError `update/no-config`, and as `parseConfig` does */
export async function configAt(
  { configFile, env }: Context,
  { git, prefix }: Workplace,
  { branch, tip }: BranchTip,
): Promise<Config> {
  const path = `${prefix}${configFile}`;
  const text = await readFileAt(git, tip, path);
  if (text !== undefined) return parseConfig(text, { file: configFile, env });
  const hint = `Commit ${path} to it, or name another branch by --base, or another file by -C and --config.`;
  throw failure('update/no-config', 'The branch has no configuration.', branch, hint);
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
  checkMayPush(forge, access);
  if (access.mayPropose === 'no') {
    const message = 'The token may not open pull requests: it lacks `pull-requests: write`.';
    throw failure('update/may-not-propose', message, forge.repository, rightsHint(forge));
  }
  return access;
}

/** Throws where it is known that the token may not push. @throws UserError `update/may-not-push` */
export function checkMayPush(forge: Forge, { mayPush }: Pick<Access, 'mayPush'>): void {
  if (mayPush !== 'no') return;
  const message = 'The token may not push: it lacks `contents: write`.';
  throw failure('update/may-not-push', message, forge.repository, rightsHint(forge));
}

function rightsHint({ kind }: Forge): string {
  return kind === 'github'
    ? 'A workflow needs `permissions: {contents: write, pull-requests: write}`.'
    : 'It needs the scopes `api` and `write_repository`, and the role Developer.';
}

/** An error of the forge's side: exit code 1. */
export function failure(code: string, message: string, value: string, hint?: string): UserError {
  const problem = { code, severity: 'error' as const, message, value, ...defined({ hint }) };
  return new UserError([problem], { exitCode: ExitCode.failed });
}
