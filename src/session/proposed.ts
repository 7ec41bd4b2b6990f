import type { Environment } from '../core/environment.ts';
import { problemError } from '../core/problem.ts';
import { readFileAt } from '../forge/git/read.ts';
import { readGit, runGit } from '../forge/git/run.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context } from './context.ts';
import { commitAt, githubEvent } from './merged.ts';
import { mirrorGit } from './mirror-repository.ts';
import { isCi } from './reviewed.ts';

/** The state that a change begins from. */
export interface Base {
  readonly commit: string;
  /** Absent: the change brings the first one. */
  readonly lockfile: Lockfile | undefined;
}

/**
 * The lockfile that a change begins from: where it left `against`, in CI the branch that a pull request goes into. Undefined
 * where this is no change of another branch.
 *
 * @throws UserError `check/no-base`, and as `parseLockfile` does
 */
export async function baseOfChange(context: Context, against: string | undefined): Promise<Base | undefined> {
  const revision = against ?? (isCi(context.env) ? await targetOfChange(context.env) : undefined);
  if (revision === undefined) return undefined;
  const git = mirrorGit(context);
  const tip = await commitAt(git, revision);
  const parted = tip === undefined ? undefined : await runGit(git, { args: ['merge-base', 'HEAD', tip] });
  if (parted === undefined || parted.exitCode !== 0) throw noBase(revision);
  const commit = parted.stdout.trim();
  const folder = await readGit(git, 'rev-parse', (simple) => simple.revparse(['--show-prefix']));
  const text = await readFileAt(git, commit, `${folder}${lockfileName}`);
  const lockfile = text === undefined ? undefined : parseLockfile(text, `${commit.slice(0, 12)}:${lockfileName}`);
  return { commit, lockfile };
}

/** What the forge says that a pull request, a merge request or an entry of a merge queue goes into. */
async function targetOfChange(env: Environment): Promise<string | undefined> {
  const branch = env['GITHUB_BASE_REF'] || env['CI_MERGE_REQUEST_TARGET_BRANCH_NAME'];
  if (branch) return env['CI_MERGE_REQUEST_DIFF_BASE_SHA'] || `refs/remotes/origin/${branch}`;
  const base = (await githubEvent(env, 'merge_group'))['base_sha'];
  return typeof base === 'string' ? base : undefined;
}

function noBase(revision: string) {
  const message = 'This clone does not have the commit that the change begins from: its digests cannot be compared.';
  const hint = 'In GitHub Actions give actions/checkout `fetch-depth: 0`, in GitLab set `GIT_DEPTH: "0"`.';
  return problemError('check/no-base', message, revision, hint);
}
