import { relative } from 'node:path';
import type { SimpleGit } from 'simple-git';
import { loadForge } from '../config/load.ts';
import { attempt } from '../core/attempt.ts';
import { problemError, UserError } from '../core/problem.ts';
import { parseRemoteUrl } from '../forge/address.ts';
import { pushUrl } from '../forge/git/read.ts';
import type { PushRemote } from '../forge/git/remote.ts';
import { type Git, gitOutput, runGit } from '../forge/git/run.ts';
import { type ForgeSettings, readForgeSettings } from '../forge/settings.ts';
import { namingHint, notSent, setTokens } from '../forge/token.ts';
import type { Forge } from '../forge/types.ts';
import { repositoryEnvironment } from '../git/environment.ts';
import { GitFailure } from '../git/failure.ts';
import { inRepository } from '../git/local.ts';
import { repositoryProblem } from '../git/problem.ts';
import type { MirrorPlace } from '../render/types.ts';
import type { Context } from './context.ts';
import { mirrorsFile } from './workspace.ts';

/** git on the mirror repository. */
export function mirrorGit({ directory, env, signal }: Context): Git {
  return { directory, env, signal };
}

/** Where in its git repository the mirror is: empty at the top and outside of git, or a path with `/` at its end. */
export async function mirrorPrefix(context: Context): Promise<string> {
  const { exitCode, stdout } = await runGit(mirrorGit(context), { args: ['rev-parse', '--show-prefix'] });
  return exitCode === 0 ? stdout.trimEnd() : '';
}

/**
 * Where the mirror is on disk and in its git repository; at the top where it is in none, or where the repository around it
 * ignores its folder. Throws as `runGit` does.
 */
export async function mirrorPlace(context: Context): Promise<MirrorPlace> {
  const { directory } = context;
  const atTop = { directory, top: directory, prefix: '' };
  const prefix = await mirrorPrefix(context);
  if (prefix === '') return atTop;
  const git = mirrorGit(context);
  const ignored = await runGit(git, { args: ['check-ignore', '--quiet', '--', '.'] });
  if (ignored.exitCode === 0) return atTop;
  const top = (await gitOutput(git, { args: ['rev-parse', '--show-toplevel'] })).replace(/\n$/, '');
  return { directory, top, prefix };
}

/**
 * Opens the forge that the mirror repository is on. Close it when done.
 *
 * @throws UserError as `readForgeSettings`, `loadForge` and `pushUrl` do
 */
export async function openMirrorForge(context: Context, remoteName = 'origin'): Promise<Forge> {
  const { env, homeDirectory, signal, debug, secrets } = context;
  const remoteUrl = await pushUrl(mirrorGit(context), remoteName);
  // Most commands ask no forge, and its clients are a quarter of what they would load.
  const { openForge } = await import('../forge/open.ts');
  return openForge(await settingsFor(context, remoteUrl), { env, homeDirectory, signal, debug, secrets });
}

/**
 * Where the mirror repository is pushed to; undefined where there is no such remote. The forge's token goes only to
 * the forge; for any other place the user's own credentials count.
 *
 * @throws UserError `forge/bad-token`, `forge/bad-address`, and as `loadForge` does
 */
export async function mirrorRemote(context: Context, name = 'origin'): Promise<PushRemote | undefined> {
  const url = await pushUrl(mirrorGit(context), name);
  const address = url === undefined ? undefined : parseRemoteUrl(url);
  if (url === undefined || address === undefined || address.protocol === 'ssh')
    return url === undefined ? url : { url };
  const settings = await settingsIfAny(context, url);
  if (!('token' in settings)) return { url, ...settings };
  const { host, origin } = new URL(address.origin);
  if (new URL(settings.serverUrl).origin !== origin)
    return { url, withheld: `${notSent([settings.variable], host)}. ${namingHint(host, settings.kind)}` };
  return { url, token: settings.token, ...(settings.kind === 'gitlab' ? { username: 'oauth2' } : {}) };
}

/** Which forge the remote is on. `update.forge` is read from the work tree: the base cannot be asked for before. */
async function settingsFor(context: Context, remoteUrl: string | undefined): Promise<ForgeSettings> {
  const { path, ...options } = mirrorsFile(context);
  return readForgeSettings({ env: context.env, remoteUrl, forge: await loadForge(path, options) });
}

/** What tells that no token of a forge is meant for a remote. */
const noForge = new Set(['forge/unknown', 'forge/no-repository', 'forge/no-token', 'forge/token-withheld']);

/** The settings; or that there are none, with what there is to say of tokens. */
async function settingsIfAny(
  context: Context,
  remoteUrl: string,
): Promise<ForgeSettings | Pick<PushRemote, 'withheld'>> {
  try {
    return await settingsFor(context, remoteUrl);
  } catch (error) {
    const problems = error instanceof UserError ? error.problems : [];
    const [problem] = problems;
    if (problem === undefined || !problems.every(({ code }) => noForge.has(code))) throw error;
    const hasToken = setTokens(context.env).length > 0 && problem.code !== 'forge/no-repository';
    return hasToken ? { withheld: `${problem.message} ${problem.hint ?? ''}`.trim() } : {};
  }
}

/**
 * A file of the mirror repository as it was at a revision; `undefined` when that revision has no such file.
 *
 * @throws UserError `git/missing`, `git/not-a-repository`, `git/foreign-repository`, `git/partial-clone`,
 *   `git/unknown-revision`; the signal's reason once that aborts
 */
export async function showAtRevision(
  { directory, env, signal }: Pick<Context, 'directory' | 'env' | 'signal'>,
  revision: string,
  file: string,
): Promise<string | undefined> {
  // In a partial clone, git may have to fetch what it shows.
  const variables = { ...repositoryEnvironment(env), GIT_NO_LAZY_FETCH: '0' };
  const read = <Output>(work: (git: SimpleGit) => PromiseLike<Output>) =>
    inRepository({ directory, variables, signal }, work);
  try {
    const root = await read((git) => git.revparse(['--show-toplevel']));
    const verify = ['--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
    const commit = await read((git) => git.revparse(verify)).catch(async (error: unknown) => {
      if (!(error instanceof GitFailure) || error.exitCode === undefined) throw error;
      throw unknownRevision(revision, await read((git) => git.revparse(['--is-shallow-repository'])));
    });
    const path = [relative(root, directory), file].filter((part) => part !== '').join('/');
    const listed = await read((git) => git.raw(['ls-tree', '--name-only', '--full-tree', commit, '--', path]));
    return listed.trim() === '' ? undefined : await read((git) => git.raw(['cat-file', 'blob', `${commit}:${path}`]));
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof GitFailure ? repositoryError(error, directory) : error;
  }
}

function unknownRevision(revision: string, isShallowText: string): UserError {
  if (isShallowText.trim() !== 'true') {
    const hint = 'Name a branch, tag or commit that this clone has; `git fetch --tags` brings new tags.';
    return problemError('git/unknown-revision', 'The git revision does not exist here.', revision, hint);
  }
  const message = 'The git revision does not exist here: the clone is shallow, and lacks history and tags.';
  return problemError('git/unknown-revision', message, revision, unshallowHint);
}

/** What to do about a clone that lacks the history. */
export const unshallowHint =
  'Run `git fetch --unshallow --tags`; in GitHub Actions give actions/checkout `fetch-depth: 0`, in GitLab set `GIT_DEPTH: 0`.';

/** The error for git that cannot read the mirror repository, by what it says. */
function repositoryError(failure: GitFailure, directory: string): Error {
  const { stderr } = failure;
  const problem = repositoryProblem(failure, directory);
  if (problem !== undefined) return problem;
  const isElsewhere = /not a git repository|must be run in a work tree/.test(stderr);
  if (!isElsewhere) return failure;
  return notInRepository(directory);
}

/**
 * The names of the branches, tags and remote branches below `prefixes` that the mirror's git repository has, the newest
 * first; none where there is no repository.
 */
export async function knownReferences(context: Context, prefixes: readonly string[]): Promise<string[]> {
  const args = ['for-each-ref', '--sort=-creatordate', '--format=%(refname:short)', ...prefixes];
  const answer = await attempt(() => runGit(mirrorGit(context), { args }));
  return answer.ok && answer.value.exitCode === 0 ? answer.value.stdout.split('\n').filter((line) => line !== '') : [];
}

/** The error for a folder that is in no git work tree. */
export function notInRepository(directory: string): UserError {
  const hint = 'Run it in a clone of the mirror repository, or name one by `-C DIR`.';
  return problemError('git/not-a-repository', 'The mirror repository is not in a git work tree.', directory, hint);
}
