import { createHash } from 'node:crypto';
import { withoutUser } from '../address.ts';
import { ForgeError } from '../errors.ts';
import { pushFailure } from './failure.ts';
import { checkPaths, type FileChanges } from './files.ts';
import { type PushRemote, runAtRemote } from './remote.ts';
import { type Git, gitOutput, runGit } from './run.ts';

/** The commit at the tip of a branch of the remote; undefined where there is none. Throws as `pushCommit` does. */
export function remoteTip(git: Git, remote: PushRemote, branch: string): Promise<string | undefined> {
  return tipOf(git, remote, `refs/heads/${branch}`);
}

async function tipOf(git: Git, remote: PushRemote, name: string): Promise<string | undefined> {
  const args = ['ls-remote', '--quiet', remote.url, name];
  const result = await runAtRemote(git, remote, { args });
  if (result.exitCode !== 0) throw pushFailure(result, remote, 'git ls-remote');
  const lines = result.stdout.split('\n').map((line) => line.split('\t'));
  return lines.find(([, ref]) => ref === name)?.[0];
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
  const tip = await tipOf(git, remote, ref);
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
  return (await gitOutput(git, { args: ['rev-parse', '--is-shallow-repository'] })).trim() === 'true';
}

/** When a commit was committed. */
export async function commitDate(git: Git, commit: string): Promise<Date> {
  const seconds = await gitOutput(git, { args: ['show', '--no-patch', '--format=%ct', commit] });
  return new Date(Number(seconds) * 1000);
}

/** A file at a commit, as it is; undefined where the commit has none. */
export async function readFileAt(git: Git, commit: string, path: string): Promise<string | undefined> {
  checkPaths(new Map([[path, null]]));
  const listed = await gitOutput(git, { args: ['ls-tree', '-z', '--full-tree', commit, '--', path] });
  if (!listed.includes(' blob ')) return undefined;
  return gitOutput(git, { args: ['cat-file', 'blob', `${commit}:${path}`] });
}

/** The paths of `files` that are otherwise at a commit: other content, absent, or there and not wanted. Sorted. */
export async function differingPaths(git: Git, commit: string, files: FileChanges): Promise<string[]> {
  checkPaths(files);
  const present = await blobsAt(git, commit);
  const differs = ([path, content]: readonly [string, string | null]): boolean =>
    content === null ? present.has(path) : present.get(path) !== blobName(content, commit.length);
  return [...files]
    .filter(differs)
    .map(([path]) => path)
    .sort();
}

async function blobsAt(git: Git, commit: string): Promise<ReadonlyMap<string, string>> {
  const output = await gitOutput(git, { args: ['ls-tree', '-r', '-z', '--full-tree', commit] });
  const entries = output.split('\0').filter(Boolean);
  return new Map(entries.map((entry) => [entry.slice(entry.indexOf('\t') + 1), entry.split(/[ \t]/)[2] ?? '']));
}

/** git's name of a content, with as many digits as the repository's names have (gitformat-pack(5)). */
function blobName(content: string, digits: number): string {
  const bytes = Buffer.from(content);
  const hash = createHash(digits === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
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
  const output = await gitOutput(git, { args });
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [commit = '', parents = '', authorEmail = '', committerEmail = '', subject = ''] = line.split('\0');
      return { commit, parents: parents.split(' ').filter(Boolean), authorEmail, committerEmail, subject };
    });
}
