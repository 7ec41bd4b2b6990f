import { bytesText } from '../core/bytes.ts';
import { defined } from '../core/defined.ts';
import { durationText } from '../core/duration.ts';

/** Counts what work under way tells. */
interface ProgressCount {
  step(steps: number, failed: boolean): void;
  moved(bytes: number): void;
  expect(bytes: number): void;
  standing(): Standing;
  /** The work on a line, while it lasts, and once it has ended. */
  line(): string;
  end(): string;
}

/** Over how long the rate is taken (ms). */
const rateWindowMs = 10_000;
/** Bytes that move within so long are one sample (ms). */
const sampleMs = 500;
/** From less than this no rate is shown (ms): it would jump. */
const leastMs = 1_000;

/** @param now milliseconds of a clock */
export function progressCount(title: string, total: number | undefined, now: () => number): ProgressCount {
  const began = now();
  let [done, failed, bytes, expected] = [0, 0, 0, 0];
  /** Bytes that had moved at a time, the oldest first. */
  let samples: { readonly at: number; readonly bytes: number }[] = [{ at: began, bytes: 0 }];

  const rate = (): number | undefined => {
    const [oldest] = samples;
    const elapsed = now() - (oldest?.at ?? began);
    if (bytes === 0 || elapsed < leastMs) return undefined;
    return ((bytes - (oldest?.bytes ?? 0)) * 1_000) / elapsed;
  };
  /** By the bytes that are known, and by the steps: what takes longer. */
  const leftMs = (bytesPerSecond: number | undefined): number | undefined => {
    const rest = expected - bytes;
    // Nothing moves: nobody knows.
    if (rest > 0 && !bytesPerSecond) return undefined;
    const ofBytes = rest > 0 && bytesPerSecond ? (rest * 1_000) / bytesPerSecond : 0;
    const steps = done + failed;
    const elapsed = now() - began;
    const ofSteps =
      total === undefined || steps === 0 || elapsed < leastMs ? 0 : (elapsed * Math.max(0, total - steps)) / steps;
    return Math.max(ofBytes, ofSteps) || undefined;
  };
  const sample = (): void => {
    const at = now();
    const last = samples.at(-1);
    if (last !== undefined && at - last.at < sampleMs) return;
    samples.push({ at, bytes });
    // The newest of those that are old enough stays.
    const kept = samples.findLastIndex((one) => at - one.at >= rateWindowMs);
    if (kept > 0) samples = samples.slice(kept);
  };
  const standing = (): Standing => {
    sample();
    const bytesPerSecond = rate();
    const left = leftMs(bytesPerSecond);
    return {
      ...{ done, failed, bytes, expected },
      ...defined({ total, rate: bytesPerSecond, leftMs: left }),
    };
  };
  return {
    step(steps, isFailed) {
      if (isFailed) failed += steps;
      else done += steps;
    },
    moved(count) {
      sample();
      bytes += count;
    },
    expect(count) {
      expected += count;
    },
    standing,
    line: () => standingText(title, standing()),
    end: () => endText(title, standing(), now() - began),
  };
}

/** Bytes a second: `45 MB/s`. */
export function rateText(bytesPerSecond: number): string {
  return `${bytesText(bytesPerSecond)}/s`;
}

/** What is known of work under way. */
interface Standing {
  readonly done: number;
  readonly failed: number;
  /** Absent: not known. */
  readonly total?: number;
  /** Bytes that went through, and that are known to have to. */
  readonly bytes: number;
  readonly expected: number;
  /** Bytes a second over the last seconds; absent: none moved. */
  readonly rate?: number;
  /** Until what is known is done, in milliseconds; absent: nobody can tell. */
  readonly leftMs?: number;
}

/** Work under way on a line: `Applying 12/40, 1 failed, 312 MB of 1.2 GB, 45 MB/s, 20 s left`. */
export function standingText(title: string, standing: Standing): string {
  const { done, failed, total, bytes, expected, rate, leftMs } = standing;
  const steps = done + failed;
  const of = expected > bytes ? ` of ${bytesText(expected)}` : '';
  return [
    `${title} ${steps}${total === undefined ? '' : `/${total}`}`,
    failed > 0 ? `${failed} failed` : '',
    bytes > 0 || expected > 0 ? `${bytesText(bytes)}${of}` : '',
    rate === undefined ? '' : rateText(rate),
    leftMs === undefined ? '' : `${timeText(leftMs)} left`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Work that has ended: `Applying: 2 done, 1 failed, 312 MB in 8 s`. */
export function endText(title: string, { done, failed, bytes }: Standing, elapsedMs: number): string {
  const moved = bytes > 0 ? [`${bytesText(bytes)} in ${timeText(elapsedMs)}`] : [];
  return `${title}: ${[`${done} done`, ...(failed > 0 ? [`${failed} failed`] : []), ...moved].join(', ')}`;
}

function timeText(ms: number): string {
  return durationText(Math.max(1_000, ms));
}
