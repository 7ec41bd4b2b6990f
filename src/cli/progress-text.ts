import { durationText } from '../core/duration.ts';

/** Bytes for people, in decimal units: `312 MB`, `1.2 GB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  for (const [unit, size] of units) if (bytes < size * 999.5) return `${rounded(bytes / size)} ${unit}`;
  return `${rounded(bytes / 1e12)} TB`;
}

const units = [
  ['kB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
] as const;

/** Two digits at least: `1.2`, `12`, `312`. */
function rounded(value: number): string {
  return value < 9.95 ? value.toFixed(1) : value.toFixed(0);
}

/** Bytes a second: `45 MB/s`. */
export function rateText(bytesPerSecond: number): string {
  return `${bytesText(bytesPerSecond)}/s`;
}

/** What is known of work under way. */
export interface Standing {
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
