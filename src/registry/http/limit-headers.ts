import type { PullLimit } from '../types.ts';

/**
 * The pull limit of Docker Hub's headers, such as `100;w=21600` and `98;w=21600` (pulls, and a window in seconds).
 * `undefined` unless both are there in this form: absent is not 0, and other registries and proxies limit requests, not
 * pulls, by headers of the same name.
 */
export function parsePullLimit(
  limitHeader: string | undefined,
  remainingHeader: string | undefined,
): PullLimit | undefined {
  const limit = parseAmount(limitHeader);
  const remaining = parseAmount(remainingHeader);
  if (limit === undefined || remaining === undefined) return undefined;
  return { limit: limit.amount, remaining: remaining.amount, windowSeconds: limit.windowSeconds };
}

/** Whether a `ratelimit-limit` header has the Hub's form, which says pulls in a window. */
export function isPullAmount(header: string | undefined): boolean {
  return parseAmount(header) !== undefined;
}

function parseAmount(header: string | undefined): { amount: number; windowSeconds: number } | undefined {
  const found = /^\s*(\d{1,15})\s*;\s*w=(\d{1,15})\s*$/.exec(header ?? '');
  return found === null ? undefined : { amount: Number(found[1]), windowSeconds: Number(found[2]) };
}

/**
 * The wait that a `Retry-After` header asks for (RFC 9110, section 10.2.3: seconds or a date), in milliseconds and never
 * negative; `undefined` when it is absent or not readable. `now` is in milliseconds since the epoch.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1_000;
  // A date begins with a day's name; Date.parse alone would also take `-5` or `1.5` for a year.
  const time = /^\s*[A-Za-z]{3,9},?\s/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
