import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import writeFileAtomic from 'write-file-atomic';
import { defined } from '../../core/defined.ts';
import { ExitCode } from '../../core/exit-code.ts';

import { codeOf, ifThere, isDiskFull, makeFolder } from '../../core/file-errors.ts';
import { withFileLock } from '../../core/file-lock.ts';

import { type Problem, UserError } from '../../core/problem.ts';
import { lenient, objectOf, shapeOf } from '../../core/shape.ts';
import { notKept } from '../source/disk-store.ts';

/** The pulls of one account at one source in the last window, of all runs on this machine that share the cache folder. */
export interface PullLedger {
  /**
   * Writes down up to `wanted` pulls before they are made, so many that no window holds more than `ceiling`; gives how
   * many. What was written down by a run that was then killed counts.
   */
  claim(wanted: number, ceiling: number): Promise<number>;
  /** What was pulled in the last window. */
  look(): Promise<PullRecord>;
  /** Notes that the source's whole limit is there: its window begins with the next pull. */
  noteFresh(): Promise<void>;
  /** Why the pulls of this run are not written down; absent or `undefined` where they are. */
  problem?(): Problem | undefined;
}

const schema = 'mirrorlock/pulls/v1';
/** Each run holds the lock for some milliseconds. */
const waiting = { staleAfter: 10_000, waitBetween: 50, retries: 800 };

/**
 * A ledger in a file, which is replaced whole, under a lock: two runs at once share it. Where the disk is full, what is
 * pulled from then on is only counted in memory.
 *
 * @param now milliseconds since the epoch
 * @throws UserError `budget/ledger` (from each method) where the file cannot be read or written
 */
export function pullLedger(file: string, windowMs: number, now: () => number): PullLedger {
  let full: { readonly record: PullRecord; readonly problem: Problem } | undefined;
  const read = async (): Promise<PullRecord> => withinWindow(full?.record ?? (await readRecord(file)), windowMs, now());
  const write = (work: (record: PullRecord) => PullRecord): Promise<void> =>
    locked(file, async () => {
      const record = await read();
      const changed = work(record);
      if (changed !== record) await writeFileAtomic(file, `${JSON.stringify({ schema, ...changed })}\n`);
    });
  const change = (work: (record: PullRecord) => PullRecord): Promise<void> =>
    guarded(file, async () => {
      try {
        if (full === undefined) return await write(work);
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        full ??= { record: await readRecord(file), problem: notKept(dirname(file), error) };
      }
      if (full !== undefined) full = { ...full, record: work(await read()) };
    });
  return {
    async claim(wanted, ceiling) {
      let granted = 0;
      await change((record) => {
        granted = Math.max(0, Math.min(wanted, ceiling - countPulls(record)));
        return addPulls(record, granted, windowMs, now());
      });
      return granted;
    },
    look: () => guarded(file, read),
    noteFresh: () => change(({ pulls }) => ({ pulls, fresh: true })),
    problem: () => full?.problem,
  };
}

async function locked(file: string, work: () => Promise<void>): Promise<void> {
  await makeFolder(dirname(file));
  await withFileLock(file, waiting, work);
}

async function readRecord(file: string): Promise<PullRecord> {
  const text = await ifThere(() => readFile(file, 'utf8'));
  return text === undefined ? noPulls : parseRecord(text);
}

const recordShape = objectOf({
  schema: v.literal(schema),
  pulls: v.array(v.tuple([v.number(), v.number()])),
  windowStart: lenient(v.number()),
  fresh: lenient(v.literal(true)),
});

function parseRecord(text: string): PullRecord {
  const record = shapeOf(recordShape, JSON.parse(text));
  if (record === undefined) throw new SyntaxError('unknown shape');
  const { pulls, windowStart, fresh } = record;
  return { pulls, ...defined({ windowStart, fresh }) };
}

async function guarded<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !(error instanceof SyntaxError || codeOf(error) !== undefined)) throw error;
    const message = 'The ledger of counted pulls cannot be used.';
    const hint = `Remove it, which forgets what was pulled, or set MIRRORLOCK_CACHE to a folder that can be written: ${file}`;
    throw new UserError([{ code: 'budget/ledger', severity: 'error', message, value: error.message, hint }], {
      exitCode: ExitCode.failed,
      cause: error,
    });
  }
}

/** Pulls that were made at one time, in milliseconds since the epoch. */
type PullsAt = readonly [time: number, count: number];

/** What is written down of the pulls of one account at one source. */
interface PullRecord {
  /** In the order of their times. */
  readonly pulls: readonly PullsAt[];
  /** When the source's own window began, where that was seen: with the first pull after the whole limit was there. */
  readonly windowStart?: number;
  /** The whole limit was there, and nothing has been pulled since. */
  readonly fresh?: true;
}

export const noPulls: PullRecord = { pulls: [] };

/** Times nearer to each other than this part of a window are kept as one, the later: a pull never comes back too soon. */
const parts = 1_000;

/** Leaves out what was pulled more than a window ago. */
export function withinWindow({ pulls, ...rest }: PullRecord, windowMs: number, now: number): PullRecord {
  return { ...rest, pulls: pulls.filter(([time]) => time + windowMs > now) };
}

/** Adds pulls that are made now. */
function addPulls(record: PullRecord, count: number, windowMs: number, now: number): PullRecord {
  if (count === 0) return record;
  const { fresh, ...rest } = record;
  const last = record.pulls.at(-1);
  const joins = last !== undefined && now - last[0] < windowMs / parts && isSameBucket(last[0], now, windowMs);
  const earlier = joins ? record.pulls.slice(0, -1) : record.pulls;
  const time = Math.max(now, last?.[0] ?? now);
  const pulls = [...earlier, [time, count + (joins ? last[1] : 0)] as const];
  return { ...rest, pulls, ...(fresh === true ? { windowStart: now } : {}) };
}

/** So that a row of pulls, each near to the one before, does not become one. */
function isSameBucket(one: number, other: number, windowMs: number): boolean {
  const length = windowMs / parts;
  return Math.floor(one / length) === Math.floor(other / length);
}

/** How many pulls a record holds. */
export function countPulls({ pulls }: PullRecord): number {
  return pulls.reduce((sum, [, count]) => sum + count, 0);
}

/** When the oldest pull comes back; `undefined` without one. */
export function oldestReturns({ pulls }: PullRecord, windowMs: number): number | undefined {
  const [first] = pulls;
  return first === undefined ? undefined : first[0] + windowMs;
}
