import { defined } from '../../core/defined.ts';
import type { UserError } from '../../core/problem.ts';
import { GitFailure, gitWords } from '../../git/failure.ts';
import { DamagedCache } from './failure.ts';
import type { LocalGit } from './local.ts';
import { type AdvertisedRef, ambiguousRef, type Target, unknownRef } from './refs.ts';
import { type RemoteGit, runRemote } from './remote.ts';
import {
  commitTime,
  findCommit,
  findCommits,
  inspect,
  isAncestor,
  isShallow,
  readSettings,
  writeSetting,
} from './repository.ts';

/** What was asked for, and what upstream has. */
export interface Request {
  /** As the user wrote it. */
  readonly text: string;
  readonly target: Target;
  readonly refs: readonly AdvertisedRef[];
}

/**
 * Brings the commit that was asked for into a repository, unless it is there, and gives its name. Only that commit is fetched;
 * where that cannot be, since the server gives no single commits or only the beginning of its name is known, the history
 * is. Throws a UserError `upstream/unknown-ref` or `upstream/ambiguous-ref`, and as `runRemote`.
 */
export async function obtainCommit(clone: Clone, request: Request): Promise<string> {
  const { target } = request;
  switch (target.kind) {
    case 'ref':
      return obtainRef(clone, request, target.ref);
    case 'commit':
      return obtainFullCommit(clone, request, target.oid);
    case 'abbreviation':
      return obtainAbbreviated(clone, request, target.prefix);
  }
}

async function obtainRef(clone: Clone, request: Request, ref: AdvertisedRef): Promise<string> {
  const known = await findCommit(clone.local, ref.commit);
  if (known !== undefined) return known;
  // A name may have moved on since it was asked for: then the commit is in the history of where it is now.
  if (!(await fetchCommit(clone, ref.oid))) await fetchHistory(clone, ref.name);
  const commit = await findCommit(clone.local, ref.commit);
  if (commit !== undefined) return commit;
  const [object] = await inspect(clone.local, [ref.commit]);
  if (object === undefined) throw new DamagedCache(`git fetched ${ref.commit}, and yet does not have it.`);
  throw unknown(clone, request);
}

async function obtainFullCommit(clone: Clone, request: Request, oid: string): Promise<string> {
  const known = await findCommit(clone.local, oid);
  if (known !== undefined) return known;
  if (!(await fetchCommit(clone, oid))) await fetchHistory(clone);
  const commit = await findCommit(clone.local, oid);
  if (commit === undefined) throw unknown(clone, request);
  return commit;
}

async function obtainAbbreviated(clone: Clone, request: Request, prefix: string): Promise<string> {
  await fetchHistory(clone);
  const [commit, ...others] = await findCommits(clone.local, prefix);
  if (commit === undefined) throw unknown(clone, request);
  if (others.length > 0) throw ambiguousRef(request.text, [commit, ...others]);
  return commit;
}

function unknown(clone: Clone, { text, refs }: Request): UserError {
  return unknownRef(text, refs, clone.remote.remote);
}

/** A repository in the cache, and the way to what it is a copy of. */
export interface Clone {
  readonly local: LocalGit;
  readonly remote: RemoteGit;
  /** Whether objects are fetched without the blobs, and those that are needed by name. */
  readonly filtered: boolean;
  /** Whether the whole history was fetched once. */
  readonly hasHistory: boolean;
}

// The repository itself does not say that it lacks blobs, so that git, when it reads, takes an absent blob for absent and
// does not fetch it on its own, one process and one request a blob.
const promisor = ['-c', 'remote.origin.promisor=true', '-c', 'remote.origin.partialCloneFilter=blob:none'];
const options = ['--progress', '--no-tags', '--no-auto-gc', '--no-write-fetch-head', '--no-recurse-submodules'];
const filterSetting = 'mirrorlock.filter';
const historySetting = 'mirrorlock.history';

/** Opens a repository as it was left: how it is to be used is written in it. */
export async function openClone(local: LocalGit, remote: RemoteGit): Promise<Clone> {
  const settings = await readSettings(local);
  const filtered = settings.get(filterSetting) !== 'none';
  return { local, remote, filtered, hasHistory: settings.get(historySetting) === 'whole' };
}

/** Whether the whole history was fetched into a repository once. */
export async function hasWholeHistory(local: LocalGit): Promise<boolean> {
  return (await readSettings(local)).get(historySetting) === 'whole';
}

/** Says, in a new repository, that whole objects are to be fetched, for a server that gives no blobs by name. */
export async function makeUnfiltered(clone: Clone): Promise<Clone> {
  await writeSetting(clone.local, filterSetting, 'none');
  return { ...clone, filtered: false };
}

/**
 * Fetches one commit, or annotated tag, and what it holds, without the history. Gives whether the server had it to give. With
 * history in the repository already, what is new since then comes with it.
 */
async function fetchCommit(clone: Clone, oid: string): Promise<boolean> {
  const depth = clone.hasHistory ? [] : ['--depth=1'];
  return ifGiven(clone, fetchArguments(clone, [...depth, 'origin', `+${oid}:refs/upstream/last`]));
}

/** Fetches the whole history of all branches and tags, and of `name` where it is none of these, such as `HEAD`. */
export async function fetchHistory(clone: Clone, name?: string): Promise<void> {
  const refs = ['heads', 'tags'].map((kind) => `+refs/${kind}/*:refs/upstream/${kind}/*`);
  const own = name === undefined || /^refs\/(?:heads|tags)\//.test(name) ? [] : [`+${name}:refs/upstream/last`];
  // Without a depth, a repository that is shallow itself cannot be copied; with one, all is sent anew.
  const isWhole = clone.hasHistory && !(await isShallow(clone.local));
  const depth = isWhole ? [] : ['--depth=2147483647'];
  await runRemote(clone.remote, {
    args: fetchArguments(clone, [...depth, 'origin', ...refs, ...own]),
    repository: clone.local.directory,
  });
  if (!clone.hasHistory) await writeSetting(clone.local, historySetting, 'whole');
}

/** How much older than the earlier of two commits those may be that a merge between them brings (seconds). */
const longestWaiting = 60 * 86_400;

/**
 * Fetches the commits between two, so that the earlier one is known as an ancestor of the later, which is there; with a
 * margin, for commits that waited to be merged. Where upstream has the earlier one no more, or not as an ancestor, it is
 * left at that.
 */
export async function fetchSince(clone: Clone, later: string, earlier: string): Promise<void> {
  const { local } = clone;
  if (await isAncestor(local, earlier, later)) return;
  if ((await findCommit(local, earlier)) === undefined && !(await fetchCommit(clone, earlier))) return;
  if (clone.hasHistory || (await isAncestor(local, earlier, later))) return;
  const since = (await commitTime(local, earlier)) - longestWaiting;
  const wanted = ['origin', `+${later}:refs/upstream/last`];
  const args = fetchArguments(clone, [`--shallow-since=${since}`, ...wanted]);
  if (!(await ifGiven(clone, args, undefined, gitWords.noShallow))) await fetchHistory(clone);
}

/** Fetches blobs by name, all by one request. Gives whether the server hands them out so. */
export async function fetchBlobs(clone: Clone, oids: readonly string[]): Promise<boolean> {
  const args = ['-c', 'fetch.negotiationAlgorithm=noop', ...fetchArguments(clone, ['--stdin', 'origin'])];
  return ifGiven(clone, args, `${oids.join('\n')}\n`);
}

function fetchArguments({ filtered, remote }: Clone, args: readonly string[]): string[] {
  const url = ['-c', `remote.origin.url=${remote.remote.url}`];
  const fetch = ['fetch', ...options];
  return filtered ? [...url, ...promisor, ...fetch, '--filter=blob:none', ...args] : [...url, ...fetch, ...args];
}

/** Fetches; gives `false` where git says by `refusal` that the server does not give such a thing. */
async function ifGiven(
  clone: Clone,
  args: readonly string[],
  input?: string,
  refusal: RegExp = gitWords.refusedObject,
): Promise<boolean> {
  try {
    const repository = clone.local.directory;
    await runRemote(clone.remote, { args, repository, ...defined({ input }) });
    return true;
  } catch (error) {
    if (error instanceof GitFailure && refusal.test(error.stderr)) return false;
    throw error;
  }
}
