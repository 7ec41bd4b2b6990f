import { problemError } from '../../core/problem.ts';
import { withoutUser } from '../address.ts';
import { ForgeError } from '../errors.ts';
import { pushFailure } from './failure.ts';
import { checkPaths } from './files.ts';
import { type PushRemote, runAtRemote } from './remote.ts';
import { type Git, gitOutput, readGit, runGit } from './run.ts';

/** The refs of the remote that fit patterns of git-ls-remote(1), and the object that each is at. Throws as `pushCommit` does. */
export async function remoteRefs(
  git: Git,
  remote: PushRemote,
  patterns: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const args = ['ls-remote', '--quiet', remote.url, ...patterns];
  const result = await runAtRemote(git, remote, { args });
  if (result.exitCode !== 0) throw pushFailure(result, remote, 'git ls-remote');
  const lines = result.stdout.split('\n').filter(Boolean);
  return new Map(lines.map((line) => line.split('\t')).map(([object = '', ref = '']) => [ref, object]));
}

/**
 * Brings a branch of the remote into the object store, with no ref, no FETCH_HEAD and no tag written; gives the commit at
 * its tip, or undefined where there is none. In a shallow clone it stays shallow. Throws as `pushCommit` does.
 */
export function fetchTip(git: Git, remote: PushRemote, branch: string): Promise<string | undefined> {
  return fetchRef(git, remote, `refs/heads/${branch}`);
}

/** As {@link fetchTip}, for a ref by its whole name, such as `refs/pull/7/head`. */
export async function fetchRef(git: Git, remote: PushRemote, ref: string): Promise<string | undefined> {
  const tip = (await remoteRefs(git, remote, [ref])).get(ref);
  if (tip === undefined || (await hasCommit(git, tip))) return tip;
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', remote.url, ref];
  const result = await runAtRemote(git, remote, { args });
  if (result.exitCode !== 0) throw pushFailure(result, remote, 'git fetch');
  // It may have moved in between; what is there now counts.
  if (await hasCommit(git, tip)) return tip;
  throw new ForgeError({
    kind: 'push-stale',
    request: 'git fetch',
    summary: 'the branch moved while it was read.',
    value: ref,
  });
}

/**
 * The URL that a remote such as `origin` is pushed to, without credentials; undefined where there is no such remote.
 *
 * @throws UserError `forge/bad-address`
 */
export async function pushUrl(git: Git, name: string): Promise<string | undefined> {
  const { exitCode, stdout } = await runGit(git, { args: ['remote', 'get-url', '--push', '--', name] });
  return exitCode === 0 ? withoutUser(stdout.trim()) : undefined;
}

/** Whether the repository has a commit, without asking a remote for it. */
export async function hasCommit(git: Git, commit: string): Promise<boolean> {
  const { exitCode } = await runGit(git, { args: ['cat-file', '-e', `${commit}^{commit}`] });
  return exitCode === 0;
}

/** Whether history is cut off, as in the clone that a workflow makes. */
export async function isShallow(git: Git): Promise<boolean> {
  return (await readGit(git, 'rev-parse', (simple) => simple.revparse(['--is-shallow-repository']))) === 'true';
}

/** When a commit was committed. */
export async function commitDate(git: Git, commit: string): Promise<Date> {
  const seconds = await readGit(git, 'show', (simple) => simple.show(['--no-patch', '--format=%ct', commit]));
  return new Date(Number(seconds) * 1000);
}

/** The parents of a commit. */
export async function parentsOf(git: Git, commit: string): Promise<string[]> {
  return (await gitOutput(git, { args: ['show', '--no-patch', '--format=%P', commit] }))
    .trim()
    .split(' ')
    .filter(Boolean);
}

/** A file at a commit, as it is; undefined where the commit has none. */
export async function readFileAt(git: Git, commit: string, path: string): Promise<string | undefined> {
  checkPaths(new Map([[path, null]]));
  const listed = await readGit(git, 'ls-tree', (simple) =>
    simple.raw(['ls-tree', '-z', '--full-tree', commit, '--', path]),
  );
  if (!listed.includes(' blob ')) return undefined;
  return readGit(git, 'cat-file', (simple) => simple.raw(['cat-file', 'blob', `${commit}:${path}`]));
}

/**
 * Throws where the folder `prefix` of the work tree is a submodule that is not checked out, or lies in one.
 *
 * @throws UserError `git/submodule`
 */
export async function checkSubmodule(git: Git, prefix: string): Promise<void> {
  const submodule = await submoduleOn(git, prefix);
  if (submodule === undefined) return;
  const message = 'This folder is a git submodule that is not checked out: git takes it for the repository around it.';
  const hint = `Run \`git submodule update --init -- ${submodule}\` at the top of that repository.`;
  throw problemError('git/submodule', message, submodule, hint);
}

async function submoduleOn(git: Git, prefix: string): Promise<string | undefined> {
  const parts = prefix.split('/').filter(Boolean);
  const folders = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  if (folders.length === 0) return undefined;
  const args = ['ls-files', '--stage', '--full-name', '-z', '--', ...folders.map((path) => `:(top,literal)${path}`)];
  const links = (await gitOutput(git, { args })).split('\0').filter((line) => line.startsWith('160000 '));
  return links.map((line) => line.slice(line.indexOf('\t') + 1)).find((path) => folders.includes(path));
}

/** A commit on the way from one to another: who wrote it, who committed it, and on what. */
export interface HistoryEntry {
  readonly commit: string;
  readonly parents: readonly string[];
  readonly authorEmail: string;
  readonly committerEmail: string;
  readonly subject: string;
}

/** The commits that `tip` has and `base` has not, the oldest first, at most `limit`. */
export async function commitsBetween(git: Git, base: string, tip: string, limit = 250): Promise<HistoryEntry[]> {
  const format = '--format=%H%x00%P%x00%ae%x00%ce%x00%s';
  const args = ['log', '--reverse', '--topo-order', `--max-count=${limit}`, format, `${base}..${tip}`, '--'];
  const output = await readGit(git, 'log', (simple) => simple.raw(args));
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [commit = '', parents = '', authorEmail = '', committerEmail = '', subject = ''] = line.split('\0');
      return { commit, parents: parents.split(' ').filter(Boolean), authorEmail, committerEmail, subject };
    });
}
