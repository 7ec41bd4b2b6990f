import { Octokit } from 'octokit';
import { userAgent } from '../../core/user-agent.ts';
import { answerOf } from '../answer.ts';
import type { ForgeConnection } from '../connection.ts';
import type { Listing } from '../types.ts';
import { gitHubFailure } from './failure.ts';

/** A client for one repository, as the files of this folder share it. */
export interface GitHubSession {
  readonly octokit: GitHubClient;
  /** The two parts of the name, as every request has them. */
  readonly at: { readonly owner: string; readonly repo: string };
  readonly repository: string;
  readonly token: string;
  /**
   * Sends requests by `work` and reads the answer by `read`. Throws a ForgeError for whatever goes wrong on the way, an
   * answer of another form included; `route` names the request, such as `POST /pulls`, below the repository.
   */
  ask<Answer, Result>(route: string, work: () => Promise<Answer>, read: (answer: Answer) => Result): Promise<Result>;
}

/** @throws TypeError where the repository is not `owner/name`: settings.ts checks it first */
export function openSession(connection: ForgeConnection): GitHubSession {
  const { repository, token, signal, hide } = connection;
  const [owner = '', repo = '', ...rest] = repository.split('/');
  if (owner === '' || repo === '' || rest.length > 0) throw new TypeError(`not an owner and a name: ${repository}`);
  return {
    octokit: createOctokit(connection),
    at: { owner, repo },
    repository,
    token,
    ask(route, work, read) {
      const [method = '', path = ''] = route.split(' ');
      const request = path === '/graphql' ? route : `${method} /repos/${repository}${path}`;
      const failure = (error: unknown): unknown => hide.inError(gitHubFailure(error, request));
      return answerOf({ request, forge: 'GitHub', signal, work, read, failure });
    },
  };
}

interface Page<Item> {
  readonly data: readonly Item[];
  readonly headers: { readonly link?: string | undefined };
}

/** The items of the pages, as far as `limit` of them. */
export async function collect<Item>(pages: AsyncIterable<Page<Item>>, limit: number): Promise<Listing<Item>> {
  const items: Item[] = [];
  for await (const { data, headers } of pages) {
    if (!Array.isArray(data)) throw new TypeError('a page that is not a list');
    items.push(...data);
    const hasMore = headers.link?.includes('rel="next"') === true;
    if (items.length >= limit) return { items: items.slice(0, limit), complete: items.length === limit && !hasMore };
  }
  return { items, complete: true };
}

export type GitHubClient = Octokit;

/** These answers say nothing that a second try would change; the throttling deals with 403 and 429. */
const finalStatuses = [400, 401, 403, 404, 409, 410, 421, 422, 429, 451];

/**
 * Octokit for a connection. It waits for GitHub's limits as long as the pace allows, all waits together, and tries again
 * what may pass.
 */
function createOctokit({ apiUrl, token, fetch, pace, debug }: ForgeConnection): GitHubClient {
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
