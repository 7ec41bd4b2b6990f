import { Octokit } from 'octokit';
import { userAgent } from '../../core/user-agent.ts';
import type { ForgeConnection } from '../connection.ts';

export type GitHubClient = Octokit;

/** These answers say nothing that a second try would change; the throttling deals with 403 and 429. */
const finalStatuses = [400, 401, 403, 404, 409, 410, 421, 422, 429, 451];

/**
 * Octokit for a connection. It waits for GitHub's limits as long as the pace allows, all waits together, and tries again
 * what may pass.
 */
export function createOctokit({ apiUrl, token, fetch, pace, debug }: ForgeConnection): GitHubClient {
  const wait = waitingBudget(pace.longestWaitSeconds, debug);
  return new Octokit({
    baseUrl: apiUrl,
    auth: token,
    userAgent,
    request: { fetch },
    log: { debug: silent, info: silent, warn: debug, error: debug },
    throttle: {
      enabled: pace.isSpaced,
      retryAfterBaseValue: pace.secondMs,
      onRateLimit: wait,
      onSecondaryRateLimit: wait,
    },
    retry: { retries: pace.retries, retryAfterBaseValue: pace.secondMs, doNotRetry: finalStatuses },
  });
}

interface RequestLine {
  readonly method: string;
  readonly url: string;
}

/** A limit that ended in the past, by a clock that goes wrong, would be waited for without end. */
const mostWaits = 3;

/** Says yes to a wait as long as it fits what is left, and as the same request has not waited too often. */
function waitingBudget(totalSeconds: number, debug: (line: string) => void) {
  let left = totalSeconds;
  return (seconds: number, { method, url }: RequestLine, _client: unknown, waitsBefore: number): boolean => {
    if (seconds > left || waitsBefore >= mostWaits) return false;
    left -= seconds;
    debug(`GitHub's limit is reached: ${method} ${url} is sent again in ${seconds} s.`);
    return true;
  };
}

function silent(): void {}
