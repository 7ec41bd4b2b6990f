import { unknownNameHint } from '../../core/nearest.ts';
import { problemError, type UserError } from '../../core/problem.ts';
import { shownValue } from '../../core/text.ts';
import type { Remote } from '../../git/address.ts';
import { GitFailure, remoteError } from './failure.ts';
import { type RemoteGit, runRemote } from './remote.ts';

/** A branch or tag as upstream advertises it. */
export interface AdvertisedRef {
  /** Whole, such as `refs/heads/master`. */
  readonly name: string;
  /** What the name stands for, a tag object for an annotated tag. */
  readonly oid: string;
  /** What an annotated tag points at, otherwise `oid`. */
  readonly commit: string;
}

/** What a user asked for: something that upstream names, a whole commit, or the beginning of one. */
export type Target =
  | { readonly kind: 'ref'; readonly ref: AdvertisedRef }
  | { readonly kind: 'commit'; readonly oid: string }
  | { readonly kind: 'abbreviation'; readonly prefix: string };

/** The commit that `text` names in full, 40 or 64 hexadecimal digits; undefined where it is something else. */
export function fullCommit(text: string): string | undefined {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text) ? text.toLowerCase() : undefined;
}

/**
 * Asks upstream for its branches and tags; for `HEAD` and other names in full, for those instead of what may be thousands.
 * Throws the UserErrors of `remoteError`.
 */
export async function listRefs(git: RemoteGit, text: string): Promise<AdvertisedRef[]> {
  const isWhole = text === 'HEAD' || /^refs\/(?!heads\/|tags\/)/.test(text);
  const args = isWhole ? ['--', git.remote.url, text] : ['--heads', '--tags', '--', git.remote.url];
  try {
    return parseRefs(await runRemote(git, { args: ['ls-remote', ...args] }));
  } catch (error) {
    throw error instanceof GitFailure ? remoteError(error, git.remote) : error;
  }
}

function parseRefs(output: string): AdvertisedRef[] {
  const oids = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [, oid, name] = /^([0-9a-f]{40}|[0-9a-f]{64})\t(.+)$/.exec(line) ?? [];
    if (oid !== undefined && name !== undefined) oids.set(name, oid);
  }
  return [...oids]
    .filter(([name]) => !name.endsWith('^{}'))
    .map(([name, oid]) => ({ name, oid, commit: oids.get(`${name}^{}`) ?? oid }));
}

/**
 * What `text` means: a whole commit, a name in full, a branch or a tag, the beginning of a commit, in this order. Throws a
 * UserError `upstream/ambiguous-ref` where a branch and a tag have this name, and `upstream/unknown-ref`.
 */
export function resolveRef(text: string, refs: readonly AdvertisedRef[], remote: Remote): Target {
  const oid = fullCommit(text);
  if (oid !== undefined && refs.every((ref) => ref.oid.length === oid.length)) return { kind: 'commit', oid };
  const names = [text, `refs/${text}`, `refs/tags/${text}`, `refs/heads/${text}`];
  const [ref, other] = refs.filter(({ name }) => names.includes(name));
  if (ref !== undefined && other !== undefined) throw ambiguousRef(text, [ref.name, other.name]);
  if (ref !== undefined) return { kind: 'ref', ref };
  if (/^[0-9a-f]{4,63}$/i.test(text)) return { kind: 'abbreviation', prefix: text.toLowerCase() };
  throw unknownRef(text, refs, remote);
}

/** The error for a name that upstream does not have; it says which one is near, else which there are. */
export function unknownRef(text: string, refs: readonly AdvertisedRef[], remote: Remote): UserError {
  const short = (name: string) => shownValue(name.replace(/^refs\/(?:heads|tags)\//, ''));
  const names = refs.map(({ name }) => short(name));
  const hint = unknownNameHint(short(text), names) ?? 'It has none at all: is this the right address?';
  const message = `Upstream (${shownValue(remote.shown)}) has no such branch, tag or commit.`;
  return problemError('upstream/unknown-ref', message, shownValue(text), hint);
}

/** The error for a name that may mean several things. */
export function ambiguousRef(text: string, candidates: readonly string[]): UserError {
  const list = candidates.slice(0, 5).map(shownValue).join(', ');
  return problemError(
    'upstream/ambiguous-ref',
    `This names more than one: ${list}.`,
    shownValue(text),
    'Name one in full.',
  );
}
