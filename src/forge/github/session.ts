import type { ForgeConnection } from '../connection.ts';
import { ForgeError } from '../errors.ts';
import { keepSecret } from '../secret.ts';
import { interrupted } from '../transport.ts';
import type { Listing } from '../types.ts';
import { gitHubFailure } from './failure.ts';
import { createOctokit, type GitHubClient } from './octokit.ts';

/** A client for one repository, as the files of this folder share it. */
export interface GitHubSession {
  readonly octokit: GitHubClient;
  /** The two parts of the name, as every request has them. */
  readonly at: { readonly owner: string; readonly repo: string };
  readonly serverUrl: string;
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
  const { repository, serverUrl, token, signal } = connection;
  const [owner = '', repo = '', ...rest] = repository.split('/');
  if (owner === '' || repo === '' || rest.length > 0) throw new TypeError(`not an owner and a name: ${repository}`);
  const hide = keepSecret(token);
  return {
    octokit: createOctokit({ ...connection, debug: (line) => connection.debug(hide.inText(line)) }),
    at: { owner, repo },
    serverUrl,
    repository,
    token,
    async ask(route, work, read) {
      const [method = '', path = ''] = route.split(' ');
      const request = path === '/graphql' ? route : `${method} /repos/${repository}${path}`;
      if (signal?.aborted) throw interrupted(request);
      try {
        return read(await unlessAborted(work(), signal));
      } catch (error) {
        if (signal?.aborted) throw interrupted(request);
        if (error instanceof TypeError) throw badAnswer(error, request);
        throw hide.inError(gitHubFailure(error, request));
      }
    },
  };
}

/** octokit waits for limits without a look at signals. */
async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  let end = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    end = () => reject(signal.reason);
  });
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** An answer of another form shows as this: a field of nothing is read, or a text where a list should be. */
function badAnswer(error: TypeError, request: string): ForgeError {
  const details = { kind: 'bad-answer' as const, request, summary: 'this is no answer of GitHub.' };
  return new ForgeError({ ...details, value: error.message }, error);
}

interface Page<Item> {
  readonly data: readonly Item[];
  readonly headers: { readonly link?: string | undefined };
}

/** The items of the pages, as far as `limit` of them. */
export async function collect<Item>(pages: AsyncIterable<Page<Item>>, limit: number): Promise<Listing<Item>> {
  const items: Item[] = [];
  for await (const { data, headers } of pages) {
    if (!Array.isArray(data)) throw new TypeError('a page that is no list');
    items.push(...data);
    const hasMore = headers.link?.includes('rel="next"') === true;
    if (items.length >= limit) return { items: items.slice(0, limit), complete: items.length === limit && !hasMore };
  }
  return { items, complete: true };
}
