import type { UserError } from '../../core/problem.ts';
import { DamagedCache } from './failure.ts';
import { type Clone, fetchCommit, fetchHistory } from './fetch.ts';
import { type AdvertisedRef, ambiguousRef, type Target, unknownRef } from './refs.ts';
import { findCommit, findCommits, inspect } from './repository.ts';

/** What was asked for, and what upstream has. */
export interface Request {
  /** As the user wrote it. */
  readonly text: string;
  readonly target: Target;
  readonly refs: readonly AdvertisedRef[];
}

/**
 * Brings the commit that was asked for into a repository, unless it is there, and gives its name. It is fetched alone;
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
