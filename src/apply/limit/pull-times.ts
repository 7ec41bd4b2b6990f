/** Pulls that were made at one time, in milliseconds since the epoch. */
export type PullsAt = readonly [time: number, count: number];

/** What is written down of the pulls of one account at one source. */
export interface PullRecord {
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
export function addPulls(record: PullRecord, count: number, windowMs: number, now: number): PullRecord {
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
