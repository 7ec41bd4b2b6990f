import { relative } from 'node:path';
import type { SimpleGit } from 'simple-git';
import { loadForge } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { type Problem, problemError, UserError } from '../core/problem.ts';
import { repositoryFiles } from '../core/repository-files.ts';
import { parseRemoteUrl } from '../forge/address.ts';
import { isShallow, pushUrl, readFileAt } from '../forge/git/read.ts';
import type { PushRemote } from '../forge/git/remote.ts';
import { type Git, readGit, runGit } from '../forge/git/run.ts';
import { openForge } from '../forge/open.ts';
import { type ForgeSettings, readForgeSettings } from '../forge/settings.ts';
import { namingHint, notSent, setTokens } from '../forge/token.ts';
import type { Forge } from '../forge/types.ts';
import { repositoryEnvironment } from '../git/environment.ts';
import { GitFailure } from '../git/failure.ts';
import { inRepository } from '../git/local.ts';
import { repositoryProblem } from '../git/problem.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import type { Lockfile } from '../lock/types.ts';
import type { LockVersion } from '../prune/types.ts';
import type { Context } from './context.ts';
import { staleWarnings } from './selection.ts';
import { mirrorsFile, openLockfile } from './workspace.ts';

/** git on the mirror repository. */
export function mirrorGit({ directory, env, signal }: Context): Git {
  return { directory, env, signal };
}

/**
 * Opens the forge that the mirror repository is on. Close it when done.
 *
 * @throws UserError as `readForgeSettings`, `loadForge` and `pushUrl` do
 */
export async function openMirrorForge(context: Context, remoteName = 'origin'): Promise<Forge> {
  const { env, homeDirectory, signal, debug } = context;
  const remoteUrl = await pushUrl(mirrorGit(context), remoteName);
  return openForge(await settingsFor(context, remoteUrl), { env, homeDirectory, signal, debug });
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

const unshallowHint =
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

function notInRepository(directory: string): UserError {
  const hint = 'Run it in a clone of the mirror repository, or name one by `-C DIR`.';
  return problemError('git/not-a-repository', 'The mirror repository is not in a git work tree.', directory, hint);
}

interface Locked {
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
export async function lockfileAt(context: Context, config: Config, revision?: string): Promise<Locked> {
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
    if (/not a git repository/.test(head.stderr)) throw notInRepository(context.directory);
    const message = 'The mirror repository has no commit, and so no history of the lockfile.';
    throw problemError('prune/no-commit', message, context.directory);
  }
  const commit = head.stdout.trim();
  if (await isShallow(git)) {
    throw problemError('prune/shallow', 'The clone is shallow: it does not have the history.', commit, unshallowHint);
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
