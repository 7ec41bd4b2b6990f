import type { Answer } from '../forge/exchange.ts';
import { refusal } from './exchange.ts';

/** GitHub's secondary limit (documentation, "Rate limits for the REST API"). */
export function secondaryLimit(seconds: number): Answer {
  const headers = { 'retry-after': String(seconds) };
  return refusal(
    403,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    headers,
  );
}

export interface Limits {
  remaining: number;
  /** When it is full again, in seconds since the epoch. */
  reset: number;
}

/** The headers that GitHub sends with every answer. */
export function limitHeaders({ remaining, reset }: Limits): Record<string, string> {
  return {
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': String(Math.max(0, remaining)),
    'x-ratelimit-used': String(5000 - Math.max(0, remaining)),
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': 'core',
  };
}

export function exhausted(user: { readonly id: number }): Answer {
  return refusal(403, `API rate limit exceeded for user ID ${user.id}.`);
}
