import { problemError } from '../../core/problem.ts';
import { maxFileBytes, maxHistoryBytes } from '../limits.ts';
import type { FileChange, HistoryCommit } from '../types.ts';
import { decodeUtf8 } from '../utf8.ts';
import { readBlobs } from './blobs.ts';
import { type HistoryRange, type TimedCommit, takeRange } from './history-range.ts';
import { type LocalGit, runText } from './local.ts';
import { inspect, isShallow, listFolder } from './repository.ts';
import type { Inquiry } from './session.ts';

export interface HistoryListing {
  readonly commits: readonly HistoryCommit[];
  readonly lastTime: number;
}

export interface HistoryFiles extends HistoryListing {
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
