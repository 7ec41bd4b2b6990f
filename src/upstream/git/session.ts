import { join } from 'node:path';
import type { Problem } from '../../core/problem.ts';
import { shownValue } from '../../core/text.ts';
import { type Remote, remoteKey } from '../../git/address.ts';
import { GitFailure } from '../../git/failure.ts';
import { clear, stateOf } from './cache.ts';
import { DamagedCache, incompleteError, remoteError } from './failure.ts';
import type { LocalGit } from './local.ts';
import {
  type Clone,
  fetchBlobs,
  fetchHistory,
  fetchSince,
  hasWholeHistory,
  makeUnfiltered,
  obtainCommit,
  openClone,
  type Request,
} from './obtain.ts';
import type { RemoteGit } from './remote.ts';
import { damagedByFailure, findCommit, initialize, isAncestor } from './repository.ts';
import { type LibraryFiles, type Listing, listLibrary, missingBlobs, readListing } from './snapshot.ts';

/** What is to be read of a commit, once all that it takes is in the cache. `Plan` is what the commit itself says. */
export interface Inquiry<Plan, Result> {
  /** Whether the commits before it are needed: all of them, or those since the commit that is named. */
  readonly history: boolean | { readonly since: string };
  plan(local: LocalGit, commit: string): Promise<Plan>;
  /** The blobs that reading takes. */
  blobsOf(plan: Plan): readonly string[];
  read(local: LocalGit, plan: Plan): Promise<Result>;
}

/** Reads the files of `library/`. */
export const libraryInquiry: Inquiry<Listing, LibraryFiles> = {
  history: false,
  plan: listLibrary,
  blobsOf: ({ files }) => files.map(({ oid }) => oid),
  read: readListing,
};

/** What was read of a commit, and what a user may want to know about the way there. */
export interface Reading<Result> {
  readonly commit: string;
  readonly result: Result;
  readonly notes: readonly Problem[];
}

/** The folder of a remote in the cache; its lock is beside it. */
export function cacheFolder(cacheDirectory: string, remote: Remote): string {
  return join(cacheDirectory, 'upstream', remoteKey(remote));
}

/** git on the repository in `folder` that holds names of `digits` digits: 40 for SHA-1, 64 for SHA-256. */
export function localGit(folder: string, digits: number, { env, signal }: Pick<RemoteGit, 'env' | 'signal'>): LocalGit {
  return { directory: join(folder, digits === 64 ? 'sha256.git' : 'sha1.git'), env, signal };
}

/** Reads a whole commit only from the cache; undefined where it is not there, not wholly, or cannot be read. */
export async function readCached<Plan, Result>(
  local: LocalGit,
  commit: string,
  inquiry: Inquiry<Plan, Result>,
): Promise<Reading<Result> | undefined> {
  if (['absent', 'foreign'].includes(await stateOf(local.directory))) return undefined;
  try {
    if ((await findCommit(local, commit)) !== commit) return undefined;
    if (!(await hasHistory(local, commit, inquiry.history))) return undefined;
    const plan = await inquiry.plan(local, commit);
    if ((await missingBlobs(local, inquiry.blobsOf(plan))).length > 0) return undefined;
    return { commit, result: await inquiry.read(local, plan), notes: [] };
  } catch (error) {
    // The way by the network meets the same damage, and mends it.
    if (error instanceof GitFailure || error instanceof DamagedCache) return undefined;
    throw error;
  }
}

async function hasHistory(local: LocalGit, commit: string, needed: Inquiry<unknown, unknown>['history']) {
  if (needed === false) return true;
  return needed === true ? hasWholeHistory(local) : isAncestor(local, needed.since, commit);
}

/**
 * Brings what was asked for into the cache, as far as it is not there, and reads it. A damaged repository, or one that a
 * fetch fails in, is made anew once. Throws as `obtainCommit`, the inquiry and `remoteError`.
 */
export async function fetchAndRead<Plan, Result>(
  local: LocalGit,
  remote: RemoteGit,
  request: Request,
  inquiry: Inquiry<Plan, Result>,
): Promise<Reading<Result>> {
  const state = await stateOf(local.directory);
  if (state !== 'usable') {
    const reading = await renewAndRead(local, remote, request, inquiry);
    return state === 'foreign' ? { ...reading, notes: [rebuiltNote(foreignCache), ...reading.notes] } : reading;
  }
  try {
    return await work(await damagedByFailure(() => openClone(local, remote)), request, inquiry);
  } catch (error) {
    if (!(error instanceof GitFailure || error instanceof DamagedCache)) throw error;
    const reading = await renewAndRead(local, remote, request, inquiry);
    return { ...reading, notes: [rebuiltNote(error), ...reading.notes] };
  }
}

async function renewAndRead<Plan, Result>(
  local: LocalGit,
  remote: RemoteGit,
  request: Request,
  inquiry: Inquiry<Plan, Result>,
): Promise<Reading<Result>> {
  try {
    return await work(await renew(local, remote), request, inquiry);
  } catch (error) {
    if (error instanceof GitFailure) throw remoteError(error, remote.remote);
    throw error instanceof DamagedCache ? incompleteError(remote.remote, error) : error;
  }
}

async function renew(local: LocalGit, remote: RemoteGit): Promise<Clone> {
  await clear(local.directory);
  await initialize(local, local.directory.endsWith('sha256.git') ? 'sha256' : 'sha1');
  return openClone(local, remote);
}

async function work<Plan, Result>(
  clone: Clone,
  request: Request,
  inquiry: Inquiry<Plan, Result>,
): Promise<Reading<Result>> {
  const commit = await obtainCommit(clone, request);
  if (inquiry.history === true && !clone.hasHistory) await fetchHistory(clone, refNameOf(request));
  if (typeof inquiry.history === 'object') await fetchSince(clone, commit, inquiry.history.since);
  const plan = await damagedByFailure(() => inquiry.plan(clone.local, commit));
  const missing = await missingBlobs(clone.local, inquiry.blobsOf(plan));
  if (missing.length > 0 && !(await fetchBlobs(clone, missing))) return readUnfiltered(clone, request, inquiry);
  return { commit, result: await damagedByFailure(() => inquiry.read(clone.local, plan)), notes: [] };
}

function refNameOf({ target }: Request): string | undefined {
  return target.kind === 'ref' ? target.ref.name : undefined;
}

/** Where a server gives no blobs by name, they come with the commits, in a repository made for that. */
async function readUnfiltered<Plan, Result>(
  clone: Clone,
  request: Request,
  inquiry: Inquiry<Plan, Result>,
): Promise<Reading<Result>> {
  if (!clone.filtered) throw new DamagedCache('Blobs are missing in a repository that should have all.');
  return work(await makeUnfiltered(await renew(clone.local, clone.remote)), request, inquiry);
}

const foreignCache = new Error('It held settings or hooks that mirrorlock does not write.');

function rebuiltNote(error: Error): Problem {
  return {
    code: 'upstream/cache-rebuilt',
    severity: 'warning',
    message: 'The cached clone of upstream was damaged and was made anew.',
    value: shownValue(error.message),
  };
}
