import { defined } from '../core/defined.ts';
import { type Problem, problemError, UserError } from '../core/problem.ts';
import { type EvidenceRequest, parseEvidence } from './evidence.ts';
import { parseRebuildModel, type RebuildModel } from './rebuild-model.ts';

/** What a simulation is asked for, as text from the command line. */
export interface SimulationRequest {
  /** First and last day, UTC, such as `2025-08-21`; `until` includes the whole day. */
  readonly since: string;
  readonly until?: string;
  /** How often the lockfile is made, such as `6h`. */
  readonly every: string;
  /** Counted pulls in six hours, or `none`. */
  readonly limit: string;
  readonly rebuildModel: string;
  /** What is read for the reviewer; absent: as the configuration says. */
  readonly evidence?: string;
}

/** The same, read. Times in seconds since 1970. */
export interface SimulationOptions {
  readonly since: number;
  /** The end of the last day; absent: the last commit. */
  readonly until?: number;
  readonly every: number;
  /** Absent: no limit. */
  readonly limit?: number;
  readonly rebuilds?: RebuildModel;
  readonly evidence?: EvidenceRequest;
}

export const day = 86_400;
const shortestInterval = 600;
const longestInterval = 31 * day;
const largestLimit = 1_000_000;

/**
 * Reads the options of a simulation. Throws a UserError with all that is wrong: `simulate/bad-date`,
 * `simulate/bad-interval`, `simulate/bad-limit`, `simulate/bad-rebuild-model`, `simulate/bad-evidence`,
 * `simulate/empty-range`.
 */
export function readOptions(request: SimulationRequest): SimulationOptions {
  const problems: Problem[] = [];
  const since = collect(problems, () => parseDay('--since', request.since));
  const until = collect(problems, () => endOfDay(request.until));
  const every = collect(problems, () => parseInterval(request.every));
  const limit = collect(problems, () => parseLimit(request.limit));
  const rebuilds = collect(problems, () => parseRebuildModel(request.rebuildModel));
  const evidence = collect(problems, () =>
    request.evidence === undefined ? undefined : parseEvidence(request.evidence),
  );
  if (since !== undefined && until !== undefined && until <= since) problems.push(emptyRange(request));
  if (problems.length > 0 || since === undefined || every === undefined) throw new UserError(problems);
  return {
    since,
    every,
    ...defined({ until, limit, rebuilds, evidence }),
  };
}

function collect<Value>(problems: Problem[], work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** Midnight UTC of a day written `2025-08-21`, in seconds since 1970. Throws a UserError `simulate/bad-date`. */
function parseDay(option: string, text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return time / 1000;
  throw problemError('simulate/bad-date', `\`${option}\` is a day, in UTC, such as 2025-08-21.`, text);
}

function endOfDay(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDay('--until', text) + day;
}

/** Seconds of `30m`, `6h` or `1d`. Throws a UserError `simulate/bad-interval`. */
function parseInterval(text: string): number {
  const [, count, unit = ''] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const seconds = Number(count) * ({ m: 60, h: 3600, d: day }[unit] ?? Number.NaN);
  const fits = day % seconds === 0 || seconds % day === 0;
  if (fits && seconds >= shortestInterval && seconds <= longestInterval) return seconds;
  throw problemError(
    'simulate/bad-interval',
    '`--every` divides a day or is whole days, and is 10 minutes to 31 days long: for example 30m, 6h, 1d or 7d.',
    text,
  );
}

/** Counted pulls, or undefined for `none`. Throws a UserError `simulate/bad-limit`. */
function parseLimit(text: string): number | undefined {
  if (text === 'none') return undefined;
  const limit = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= largestLimit) return limit;
  throw problemError(
    'simulate/bad-limit',
    '`--limit` is how many pulls count in six hours: 100 without an account at the Docker Hub, 200 with a free one, or `none`.',
    text,
  );
}

function emptyRange({ since, until }: SimulationRequest): Problem {
  const message = '`--until` is not before `--since`.';
  return { code: 'simulate/empty-range', severity: 'error', message, value: `${since} … ${until}` };
}
