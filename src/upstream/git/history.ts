import { problemError, type UserError } from '../../core/problem.ts';
import { decodeUtf8 } from '../go-text.ts';
import { maxFileBytes, maxHistoryBytes } from '../limits.ts';
import type { FileChange, HistoryCommit } from '../types.ts';
import { type LocalGit, runText } from './local.ts';
import { inspect, isShallow, listFolder, readBlobs } from './repository.ts';
import type { Inquiry } from './session.ts';

interface HistoryListing {
  readonly commits: readonly HistoryCommit[];
  readonly lastTime: number;
}

interface HistoryFiles extends HistoryListing {
  readonly texts: ReadonlyMap<string, string>;
}

const regularFile = /^100\d{3}$/;

/**
 * Asks for the commits of a range that changed `library/`, along first parents: those are what the branch was, one after the
 * other. Each file's content is read once. Throws UserErrors as {@link takeRange}, and `upstream/too-large`.
 */
export function historyInquiry(range: HistoryRange): Inquiry<HistoryListing, HistoryFiles> {
  return {
    history: true,
    plan: (local, tip) => listHistory(local, tip, range),
    blobsOf,
    read: readHistory,
  };
}

async function listHistory(git: LocalGit, tip: string, range: HistoryRange): Promise<HistoryListing> {
  const output = await runText(git, ['log', '--first-parent', '--reverse', '--format=%H %ct', tip, '--', 'library/']);
  const all = inOrderOfTime(output.split('\n').filter((line) => line !== ''));
  const [base, ...rest] = takeRange(all, range, await isShallow(git));
  const files = await listFolder(git, base.sha, 'library');
  const first = { ...base, changes: files.map(({ name, mode, oid }): FileChange => ({ name, mode, blob: oid })) };
  const lastTime = all.at(-1)?.time ?? base.time;
  const last = rest.at(-1);
  if (last === undefined) return { commits: [first], lastTime };
  const changes = await readChanges(git, base.sha, last.sha);
  return {
    commits: [first, ...rest.map((commit) => ({ ...commit, changes: changes.get(commit.sha) ?? [] }))],
    lastTime,
  };
}

/** Clocks differ: a commit counts from when the one before it did, at the earliest. */
function inOrderOfTime(lines: readonly string[]): TimedCommit[] {
  let latest = 0;
  return lines.map((line) => {
    const [sha = '', seconds] = line.split(' ');
    latest = Math.max(latest, Number(seconds));
    return { sha, time: latest };
  });
}

/** Without looking for renames, for which git would read blobs. What lies deeper than `library/NAME` is no image's. */
async function readChanges(git: LocalGit, base: string, last: string): Promise<Map<string, FileChange[]>> {
  const raw = ['--raw', '--no-abbrev', '--no-renames', '--format=@%H'];
  const args = ['log', '--first-parent', '-m', '--reverse', ...raw, `${base}..${last}`, '--', 'library/'];
  const byCommit = new Map<string, FileChange[]>();
  let changes: FileChange[] = [];
  for (const line of (await runText(git, args)).split('\n')) {
    if (line.startsWith('@')) {
      changes = [];
      byCommit.set(line.slice(1), changes);
    }
    const [, mode, blob, name] = /^:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+) \w\d*\tlibrary\/([^/]+)$/.exec(line) ?? [];
    if (mode === undefined || blob === undefined || name === undefined) continue;
    changes.push(/^0+$/.test(blob) ? { name, mode } : { name, mode, blob });
  }
  return byCommit;
}

function blobsOf({ commits }: HistoryListing): readonly string[] {
  const changes = commits.flatMap((commit) => commit.changes).filter(({ mode }) => regularFile.test(mode));
  return [...new Set(changes.flatMap(({ blob }) => blob ?? []))];
}

async function readHistory(git: LocalGit, listing: HistoryListing): Promise<HistoryFiles> {
  const oids = blobsOf(listing);
  const objects = await inspect(git, oids);
  const readable = oids.filter((_, index) => (objects[index]?.size ?? 0) <= maxFileBytes);
  const total = objects.reduce((sum, object) => sum + Math.min(object?.size ?? 0, maxFileBytes), 0);
  if (total > maxHistoryBytes) {
    throw problemError('upstream/too-large', `A history has at most ${maxHistoryBytes} bytes.`, `${total} bytes`);
  }
  const blobs = await readBlobs(git, readable);
  return { ...listing, texts: new Map([...blobs].map(([oid, bytes]) => [oid, decodeUtf8(bytes)])) };
}

/** Which part of a history is wanted. All in seconds since 1970. */
export interface HistoryRange {
  /** It begins with what the branch was at this moment… */
  readonly since: number;
  /** …or, where it did not exist yet, with its first commit, if that is before this moment. */
  readonly beginsBefore: number;
  /** Commits from this moment on are left out. */
  readonly until: number;
  /** In place of `since`: the midnight in UTC that is so many days before the last commit; see {@link daysBefore}. */
  readonly lastDays?: number;
}

const day = 86_400;

/** The midnight in UTC that is some days before a moment. In seconds since 1970. */
export function daysBefore(moment: number, days: number): number {
  return Math.floor(moment / day - days) * day;
}

interface TimedCommit {
  readonly sha: string;
  readonly time: number;
}

/**
 * The commit that a range begins with, and those after it. Throws UserErrors `upstream/shallow-history`,
 * `upstream/before-history` and `upstream/no-commits`.
 */
function takeRange(
  all: readonly TimedCommit[],
  range: HistoryRange,
  isShallow: boolean,
): readonly [TimedCommit, ...TimedCommit[]] {
  const [first] = all;
  if (first === undefined) {
    throw problemError('upstream/no-library', 'No commit has a folder `library/`.', undefined, libraryHint);
  }
  const { lastDays } = range;
  const since = lastDays === undefined ? range.since : daysBefore(all.at(-1)?.time ?? first.time, lastDays);
  const start = all.findLastIndex(({ time }) => time < since);
  if (start < 0 && isShallow) throw shallow(first);
  if (start < 0 && first.time >= range.beginsBefore) throw beforeHistory(first, range);
  const [base = first, ...later] = all.slice(Math.max(start, 0));
  const rest = later.filter(({ time }) => time < range.until);
  const ownsBase = base.time >= since && base.time < range.until;
  if (rest.length === 0 && !ownsBase) throw noCommits(base, later[0]);
  return [base, ...rest];
}

const libraryHint = 'Is this a clone of docker-library/official-images?';

function shallow(first: TimedCommit): UserError {
  return problemError(
    'upstream/shallow-history',
    'Upstream is a shallow clone, whose history begins too late for this range.',
    `its first commit is of ${moment(first.time)}`,
    'Run `git fetch --unshallow` in it, or name the repository that it was cloned from.',
  );
}

function beforeHistory(first: TimedCommit, { since }: HistoryRange): UserError {
  return problemError(
    'upstream/before-history',
    'The range begins before the history of upstream does.',
    moment(since),
    `The first commit is of ${moment(first.time)}.`,
  );
}

function noCommits(before: TimedCommit, after: TimedCommit | undefined): UserError {
  const next = after === undefined ? 'there is none after it' : `the next is of ${moment(after.time)}`;
  return problemError(
    'upstream/no-commits',
    'No commit changed `library/` in this range.',
    undefined,
    `The last one before its end is of ${moment(before.time)}; ${next}.`,
  );
}

function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}
