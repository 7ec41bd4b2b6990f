import { isDeepStrictEqual } from 'node:util';
import { attempt } from '../core/attempt.ts';
import type { Digest, ImageName } from '../core/names.ts';
import { readFileAt } from '../forge/git/read.ts';
import { type Git, gitOutput, readGit } from '../forge/git/run.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import type { Lockfile } from '../lock/types.ts';
import { markPrefix, readMarks } from './applied.ts';
import type { Context } from './context.ts';
import { type MergedConfig, openMergedBranch } from './merged.ts';

/** The commits in which merged lockfiles stand: one and its first parents. */
export interface MergedCommits {
  readonly git: Git;
  /** The newest. */
  readonly commit: string;
  /** The lockfile's path in the git repository. */
  readonly path: string;
}

/** The merged commits that HEAD builds on; undefined where there is no git repository, no commit or no such branch. */
export async function mergedCommits(context: Context, config: MergedConfig): Promise<MergedCommits | undefined> {
  const opened = await attempt(() => openMergedBranch(context, config));
  const branch = opened.ok ? opened.value : undefined;
  const commit = branch?.contains(branch.head) ? branch.head : branch?.tip;
  return branch && commit !== undefined ? { git: branch.git, commit, path: branch.path } : undefined;
}

/** What earlier merged lockfiles name. */
export interface EarlierLockfiles {
  /** Whether one names a digest for an image, as that of tags or as a part of their index. */
  names(image: ImageName, digest: Digest): Promise<boolean>;
  /**
   * Whether one that was applied does, by the marks of `verify --mark`. Where there are no marks: one that a later merged
   * lockfile replaced. So a digest that was merged over a red check is not known because it is merged once more.
   */
  vouches(image: ImageName, digest: Digest): Promise<boolean>;
  /** Of digests that the newest one does not have, those that an earlier one had: the change goes back to them. */
  replaced(digests: readonly Digest[]): Promise<ReadonlySet<string>>;
}

/**
 * Opens the merged lockfiles before `applied`, the newest first and only as far back as is asked for. Where `open` finds no
 * commits, there are none.
 */
export function earlierLockfiles(open: () => Promise<MergedCommits | undefined>, applied: Lockfile): EarlierLockfiles {
  let opened: Promise<MergedCommits | undefined> | undefined;
  const commits = () => {
    opened ??= open();
    return opened;
  };
  return {
    names: lazySet(() => namedBefore(commits, applied)),
    vouches: lazySet(() => vouchedFor(commits, applied)),
    async replaced(digests) {
      const found = await commits();
      return found === undefined ? new Set() : changedLines(found, digests);
    },
  };
}

type Keys = ReadonlySet<string>;

const keyOf = (image: string, digest: string) => `${image} ${digest}`;

/** Asks sets one after another, and reads no further than it must. */
function lazySet(open: () => AsyncGenerator<Keys>): EarlierLockfiles['names'] {
  const seen = new Set<string>();
  let sets: AsyncGenerator<Keys> | undefined;
  let reading: Promise<boolean> | undefined;
  /** Gives whether there was one more. */
  const readNext = async (): Promise<boolean> => {
    sets ??= open();
    const { done, value } = await sets.next();
    if (done) return false;
    for (const key of value) seen.add(key);
    reading = undefined;
    return true;
  };
  return async (image, digest) => {
    const key = keyOf(image, digest);
    do {
      if (seen.has(key)) return true;
      reading ??= readNext();
    } while (await reading);
    return seen.has(key);
  };
}

const digestText = /sha256:[0-9a-f]{64}/g;

function keysOf({ images }: Lockfile): Set<string> {
  return new Set(
    images.flatMap(({ image, entries }) =>
      [...JSON.stringify(entries).matchAll(digestText)].map(([digest]) => keyOf(image, digest)),
    ),
  );
}

type Commits = () => Promise<MergedCommits | undefined>;

async function* namedBefore(commits: Commits, applied: Lockfile): AsyncGenerator<Keys> {
  let isNewest = true;
  for await (const lockfile of versions(await commits())) {
    if (!(isNewest && isDeepStrictEqual(lockfile, applied))) yield keysOf(lockfile);
    isNewest = false;
  }
}

async function* vouchedFor(commits: Commits, applied: Lockfile): AsyncGenerator<Keys> {
  const found = await commits();
  if (found === undefined) return;
  const { git, commit, path } = found;
  const marks = await readMarks(git, commit, markPrefix(path.slice(0, -lockfileName.length)));
  for (const mark of marks) {
    const lockfile = await readVersion(found, mark.commit);
    if (lockfile !== undefined) yield keysOf(lockfile);
  }
  if (marks.length > 0) return;
  let inAllSince: Keys = keysOf(applied);
  for await (const lockfile of versions(found)) {
    const keys = keysOf(lockfile);
    yield new Set([...keys].filter((key) => !inAllSince.has(key)));
    inAllSince = new Set([...keys].filter((key) => inAllSince.has(key)));
  }
}

/** The versions of the lockfile, the newest first. */
async function* versions(commits: MergedCommits | undefined): AsyncGenerator<Lockfile> {
  if (commits === undefined) return;
  const { git, commit, path } = commits;
  const args = ['log', ...alongFirstParents, '--format=%H', commit, '--', `:(top)${path}`];
  for (const one of (await readGit(git, 'log', (simple) => simple.raw(args))).split('\n').filter(Boolean)) {
    const lockfile = await readVersion(commits, one);
    if (lockfile !== undefined) yield lockfile;
  }
}

const alongFirstParents = ['--first-parent', '-m', '--no-renames'];

/** A version of the lockfile; undefined for one that cannot be read, which names nothing, and where a commit removed it. */
async function readVersion({ git, path }: MergedCommits, commit: string): Promise<Lockfile | undefined> {
  const text = (await readFileAt(git, commit, path)) ?? '';
  const read = await attempt(async () => parseLockfile(text, `${commit}:${lockfileName}`));
  return read.ok ? read.value : undefined;
}

/** More would make an expression that git takes long for. */
const askedAtOnce = 100;

/** The digests that a change of the lockfile added or removed. */
async function changedLines({ git, commit, path }: MergedCommits, digests: readonly Digest[]): Promise<Set<string>> {
  const found = new Set<string>();
  const newest = new Set((await readFileAt(git, commit, path))?.match(digestText));
  const absent = digests.filter((digest) => !newest.has(digest));
  for (let from = 0; from < absent.length; from += askedAtOnce) {
    const asked = absent.slice(from, from + askedAtOnce);
    const shown = ['--format=', '--patch', '--unified=0', '--no-color', '--no-ext-diff', '--no-textconv'];
    const args = ['log', ...alongFirstParents, ...shown, `-G${asked.join('|')}`];
    const patches = await gitOutput(git, { args: [...args, commit, '--', `:(top)${path}`] });
    const seen = new Set(patches.match(digestText));
    for (const digest of asked) if (seen.has(digest)) found.add(digest);
  }
  return found;
}
