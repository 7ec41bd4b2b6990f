import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import writeFileAtomic from 'write-file-atomic';
import { isDiskFull } from '../../core/disk-errors.ts';
import { ExitCode } from '../../core/exit-code.ts';
import { type Problem, UserError } from '../../core/problem.ts';
import { isRecord } from '../../registry/record.ts';
import { notKept } from '../source/disk-store.ts';
import { addPulls, countPulls, noPulls, type PullRecord, withinWindow } from './pull-times.ts';

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
/** A lock is held for some milliseconds; one that was not renewed for so long is of a process that died. */
const staleAfter = 10_000;
const waiting = { retries: 400, factor: 1.2, minTimeout: 10, maxTimeout: 100 };

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
  await mkdir(dirname(file), { recursive: true });
  let isOurs = true;
  const onCompromised = (): void => {
    // This process slept for long. What it writes is replaced whole, and the other has written before.
    isOurs = false;
  };
  const release = await lock(file, { realpath: false, stale: staleAfter, retries: waiting, onCompromised });
  try {
    await work();
  } finally {
    if (isOurs) await release();
  }
}

async function readRecord(file: string): Promise<PullRecord> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return noPulls;
    throw error;
  }
  return parseRecord(text);
}

function parseRecord(text: string): PullRecord {
  const data: unknown = JSON.parse(text);
  if (!isRecord(data) || data['schema'] !== schema || !Array.isArray(data['pulls']))
    throw new SyntaxError('unknown shape');
  const pulls = data['pulls'].map((entry: unknown) => {
    const [time, count] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof time !== 'number' || typeof count !== 'number') throw new SyntaxError('unknown shape');
    return [time, count] as const;
  });
  const { windowStart, fresh } = data;
  return {
    pulls,
    ...(typeof windowStart === 'number' ? { windowStart } : {}),
    ...(fresh === true ? { fresh } : {}),
  };
}

async function guarded<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const isFault = error instanceof SyntaxError || (error instanceof Error && 'code' in error);
    if (!isFault) throw error;
    const message = 'The file that counts pulls cannot be used.';
    const hint = `Remove it, which forgets what was pulled, or set MIRRORLOCK_CACHE to a folder that can be written: ${file}`;
    throw new UserError([{ code: 'budget/ledger', severity: 'error', message, value: error.message, hint }], {
      exitCode: ExitCode.failed,
      cause: error,
    });
  }
}
