import { readFile } from 'node:fs/promises';
import type { Config } from '../config/types.ts';
import type { Environment } from '../core/environment.ts';
import { isRecord, parsedJson } from '../core/json.ts';
import { isShallow } from '../forge/git/read.ts';
import { type Git, readGit, runGit } from '../forge/git/run.ts';
import { lockfileName } from '../lock/file.ts';
import type { Context } from './context.ts';
import { mirrorGit } from './mirror-repository.ts';

/** What of the configuration says which branch is applied. */
export type MergedConfig = Pick<Config, 'update' | 'ci'>;

/** The branch whose lockfiles were reviewed, as this clone has it. */
export interface MergedBranch {
  readonly git: Git;
  /** As people name it. */
  readonly name: string;
  /** Absent: this clone does not have the branch. */
  readonly tip: string | undefined;
  /** The commit that is checked out. */
  readonly head: string;
  /** The lockfile's path in the git repository. */
  readonly path: string;
  readonly isShallow: boolean;
  /** Whether a commit was merged: it is the tip, or one of the tip's first parents. */
  contains(commit: string): boolean;
}

/**
 * Opens the branch that is applied: `update.base`, else that of Kubernetes, else the default branch of the remote, else what is checked out;
 * undefined where the mirror repository has no commit.
 *
 * @throws ForgeError `forge/git` where this is no git repository, or git cannot read it
 */
export async function openMergedBranch(
  context: Context,
  { update: { base }, ci }: MergedConfig,
): Promise<MergedBranch | undefined> {
  const git = mirrorGit(context);
  const folder = await readGit(git, 'rev-parse', (simple) => simple.revparse(['--show-prefix']));
  const head = await commitAt(git, 'HEAD');
  if (head === undefined) return undefined;
  const name = base ?? ci?.kubernetes?.branch ?? (await defaultBranch(git, context.env));
  const tip = name === undefined ? head : await tipOf(git, context.env, name);
  const args = ['rev-list', '--first-parent', tip ?? head];
  const commits = tip === undefined ? '' : await readGit(git, 'rev-list', (simple) => simple.raw(args));
  const merged = new Set(commits.split('\n'));
  return {
    ...{ git, name: name ?? 'HEAD', tip, head, path: `${folder}${lockfileName}` },
    isShallow: await isShallow(git),
    contains: (commit) => merged.has(commit),
  };
}

/** The commit of a revision; undefined where there is none. */
export async function commitAt(git: Git, revision: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const { exitCode, stdout } = await runGit(git, { args });
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** The default branch as the CI says it, else as the clone knows it. */
async function defaultBranch(git: Git, env: Environment): Promise<string | undefined> {
  const named = env['CI_DEFAULT_BRANCH'] ?? (await branchOfEvent(env));
  if (named !== undefined) return named;
  const args = ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'];
  const { exitCode, stdout } = await runGit(git, { args });
  return exitCode === 0 ? stdout.trim().replace(/^origin\//, '') : undefined;
}

async function branchOfEvent(env: Environment): Promise<string | undefined> {
  const branch = (await githubEvent(env, 'repository'))['default_branch'];
  return typeof branch === 'string' ? branch : undefined;
}

/** A part of the event that started a run: GitHub Actions writes it into a file. Empty where there is no such file or part. */
export async function githubEvent(env: Environment, part: string): Promise<Readonly<Record<string, unknown>>> {
  const path = env['GITHUB_EVENT_PATH'];
  const event = parsedJson(path === undefined ? '' : await readFile(path, 'utf8').catch(() => ''));
  const found = isRecord(event) ? event[part] : undefined;
  return isRecord(found) ? found : {};
}

/** The tip of a branch: the remote's; where the clone has only what is checked out, that, if it is the branch. */
async function tipOf(git: Git, env: Environment, name: string): Promise<string | undefined> {
  const remote = await commitAt(git, `refs/remotes/origin/${name}`);
  if (remote !== undefined) return remote;
  const local = await commitAt(git, `refs/heads/${name}`);
  if (local !== undefined) return local;
  return [env['GITHUB_REF_NAME'], env['CI_COMMIT_BRANCH']].includes(name) ? commitAt(git, 'HEAD') : undefined;
}
