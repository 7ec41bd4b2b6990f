import { stat } from 'node:fs/promises';
import type { Environment } from '../core/environment.ts';
import { ifThere } from '../core/file-errors.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import { counted } from '../core/words.ts';
import { parseRemote, type Remote } from '../git/address.ts';
import { withLock } from './git/cache.ts';
import { type HistoryRange, historyInquiry } from './git/history.ts';
import { logInquiry } from './git/log.ts';
import { fullCommit, listRefs, resolveRef } from './git/refs.ts';
import type { RemoteGit } from './git/remote.ts';
import { seriesInquiry, type WantedFiles } from './git/series.ts';
import {
  cacheFolder,
  fetchAndRead,
  type Inquiry,
  libraryInquiry,
  localGit,
  type Reading,
  readCached,
} from './git/session.ts';
import type { UpstreamAddress, UpstreamHistory, UpstreamLog, UpstreamSeries, UpstreamSnapshot } from './types.ts';

export interface UpstreamOptions {
  /** Where clones are kept, absolute. */
  readonly cacheDirectory: string;
  /** Of it, git is given what it needs to reach a server. */
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress;
  /** What a path is relative to; default: the working directory. */
  readonly directory?: string;
  /** How long a server may stay silent, in milliseconds; default: two minutes. */
  readonly silenceLimit?: number;
  /** Whether only the cache is read: what it lacks is `upstream/not-cached`. */
  readonly isOffline?: boolean;
}

/**
 * Reads the files of `library/` at a branch, tag or commit of upstream, by a bare clone in the cache that holds little more
 * than them. A whole commit that is there already is read without the network; otherwise one request asks where the ref
 * is, and, where that is new, one fetches the commit and one all files that are missing. Two runs at once wait for each other.
 *
 * Throws UserErrors that hold no credentials of the URL: `upstream/unreachable`, `upstream/authentication`,
 * `upstream/not-a-repository`, `upstream/foreign-repository`, `upstream/no-library`, `upstream/too-large`,
 * `upstream/unknown-ref`, `upstream/ambiguous-ref`, `upstream/bad-address`, `upstream/interrupted`, `upstream/cache`,
 * `upstream/git-missing`, `upstream/git-too-old`.
 */
export async function openUpstream(address: UpstreamAddress, options: UpstreamOptions): Promise<UpstreamSnapshot> {
  const { remote, reading } = await openAndRead(address, options, libraryInquiry, ({ files }) =>
    counted(files.length, 'file'),
  );
  const { commit, result, notes } = reading;
  return { commit: { repository: remote.shown, sha: commit }, ...result, notes };
}

/**
 * Reads what a commit of upstream, and those before it, say, as an inquiry asks; `describe` is for the line of progress.
 * Throws as {@link openUpstream}, and what the inquiry throws.
 */
async function openAndRead<Plan, Result>(
  address: UpstreamAddress,
  options: UpstreamOptions,
  inquiry: Inquiry<Plan, Result>,
  describe: (result: Result) => string,
): Promise<{ remote: Remote; reading: Reading<Result> }> {
  if (address.ref === '')
    throw problemError('upstream/unknown-ref', 'A ref of upstream is a branch, a tag or a commit.', '');
  const remote = parseRemote(address.repository, options.directory ?? process.cwd());
  const folder = cacheFolder(options.cacheDirectory, remote);
  // Not even a lock is made where there is nothing to read.
  if (options.isOffline && (await ifThere(() => stat(folder))) === undefined) throw notCached(address.ref);
  const task = (options.progress ?? noProgress).start(`Reading ${remote.shown}`);
  const git: RemoteGit = {
    remote,
    directory: folder,
    env: options.env,
    signal: options.signal,
    silenceLimit: options.silenceLimit ?? 120_000,
    onProgress: (text) => task.advance(0, text),
  };
  try {
    const reading = await withLock(folder, options.signal, () =>
      read(git, address.ref, inquiry, options.isOffline ?? false),
    );
    task.end(`${describe(reading.result)} at ${reading.commit.slice(0, 12)}`);
    return { remote, reading };
  } catch (error) {
    task.end('failed');
    throw error;
  }
}

async function read<Plan, Result>(
  git: RemoteGit,
  text: string,
  inquiry: Inquiry<Plan, Result>,
  isOffline: boolean,
): Promise<Reading<Result>> {
  const commit = fullCommit(text);
  const cached = commit && (await readCached(localGit(git.directory, commit.length, git), commit, inquiry));
  if (cached) return cached;
  if (isOffline) throw notCached(text);
  const refs = await listRefs(git, text);
  const target = resolveRef(text, refs, git.remote);
  const digits = (commit ?? refs[0]?.oid ?? '').length;
  return fetchAndRead(localGit(git.directory, digits, git), git, { text, target, refs }, inquiry);
}

function notCached(ref: string) {
  return problemError('upstream/not-cached', 'The cache does not have this of upstream.', ref);
}

/**
 * Reads a part of the history of `library/` up to a branch, tag or commit of upstream, through the same cache as
 * `openUpstream`: a whole commit whose history is there already is read without the network.
 *
 * Throws as `openUpstream`, and UserErrors `upstream/shallow-history`, `upstream/before-history`, `upstream/no-commits`.
 */
export async function openHistory(
  address: UpstreamAddress,
  range: HistoryRange,
  options: UpstreamOptions,
): Promise<UpstreamHistory> {
  const describe = ({ commits }: { commits: readonly unknown[] }) => counted(commits.length, 'commit');
  const { remote, reading } = await openAndRead(address, options, historyInquiry(range), describe);
  return { repository: remote.shown, ...reading.result, notes: reading.notes };
}

/**
 * Reads which commits changed files of `library/` after `since`, up to a branch, tag or commit of upstream, through the
 * same cache as `openUpstream`: commits that are there already are read without the network, others are fetched, without
 * what is older.
 *
 * Throws as {@link openUpstream}.
 */
export async function openLog(
  address: UpstreamAddress,
  since: string,
  options: UpstreamOptions,
): Promise<{ readonly log: UpstreamLog; readonly notes: readonly Problem[] }> {
  const describe = (log: UpstreamLog) => (log.state === 'read' ? counted(log.commits.length, 'commit') : 'no commits');
  const { reading } = await openAndRead(address, options, logInquiry(since), describe);
  return { log: reading.result, notes: reading.notes };
}

/**
 * Reads files of `library/` at many commits of upstream, and which commits lie between them, from the cache only and by a
 * handful of processes; `address.ref` is one of the commits.
 *
 * @param wanted the commits, the oldest first, and the names of the files that are wanted of each
 * @throws UserErrors as {@link openUpstream} does for the cache; `upstream/not-cached` where it lacks the commit of
 *   `address`, or git cannot read it
 */
export async function openSeries(
  address: UpstreamAddress,
  wanted: WantedFiles,
  options: Omit<UpstreamOptions, 'isOffline'>,
): Promise<UpstreamSeries> {
  const describe = () => `${wanted.size} commits`;
  const { reading } = await openAndRead(address, { ...options, isOffline: true }, seriesInquiry(wanted), describe);
  return reading.result;
}
