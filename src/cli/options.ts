import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { PullCount } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { parseDuration } from '../core/duration.ts';
import type { WatchOptions } from '../monitor/watched.ts';
import type { Target } from '../session/selection.ts';

/** The options that every command has; they may stand before the command's name or after it. */
export interface CommonOptions {
  readonly directory?: string | undefined;
  readonly config?: string | undefined;
  readonly upstream?: string | undefined;
  readonly ref?: string | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
  readonly verbose?: true | undefined;
  readonly color?: boolean | undefined;
  readonly strict?: true | undefined;
  readonly summary?: string | undefined;
  /** Whether the command makes the folder of the mirror repository: it need not be there. Not an option of the user's. */
  readonly makesFolder?: true;
}

/** Reads a whole number from 1 to `most`. */
export function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}

export const mostJobs = 64;

/** How many blobs are transferred side by side: enough for small ones, which wait more than they move. */
export const defaultJobs = 8;

/** Reads counted pulls in a window: a whole number, `auto` or `unlimited`. */
export function pullCount(text: string): PullCount | 'auto' {
  if (text === 'auto' || text === 'unlimited') return text;
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('It must be `auto`, `unlimited`, or a whole number from 1 to 1000000.');
}

/** Reads a time span such as `90s` or `30m`, or `0`; gives milliseconds. */
export function timeSpan(text: string): number {
  const ms = text === '0' || text === '0s' ? 0 : parseDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError('It must be a time span such as 90s, 30m or 6h, or 0.');
}

/** The options that say what plan, apply and verify work on. */
export function targetOf(options: {
  image?: string[] | undefined;
  shard?: string | undefined;
  destination?: string[] | undefined;
  at?: string | undefined;
}): Target {
  const { image, shard, destination, at } = options;
  return {
    ...defined({ images: image, shard, destinations: destination, at }),
  };
}

/** What `apply`, `verify` and `update` leave for those who watch the mirror. */
export function watchOf(options: {
  report?: string[] | undefined;
  metrics?: string | undefined;
  metricsPush?: string | true | undefined;
  notify: boolean;
}): WatchOptions {
  const { report, metrics, metricsPush, notify } = options;
  return { reports: report ?? [], notify, ...defined({ metrics, metricsPush }) };
}

/** Reads the name of an environment variable. */
export function variableName(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the name of an environment variable, such as PUSHGATEWAY_ADDRESS.');
}

/** The option of commands that write what a lockfile says. */
export const unreviewedOption = [
  '--unreviewed',
  'go on with a lockfile that was not merged, or in a folder without git: a warning, not an error',
] as const;
