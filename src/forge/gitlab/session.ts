import {
  Commits,
  IssueNotes,
  Issues,
  MergeRequestNotes,
  MergeRequests,
  Projects,
  ProjectVariables,
  Repositories,
  Users,
} from '@gitbeaker/rest';
import { answerOf } from '../answer.ts';
import type { ForgeConnection } from '../connection.ts';
import { isForgeError } from '../errors.ts';
import type { Listing } from '../types.ts';
import { gitLabFailure } from './failure.ts';
import { createRequester } from './requester.ts';

/** A client for one project, as the files of this folder share it. */
export interface GitLabSession {
  readonly api: ReturnType<typeof createApi>;
  /** The path of the project, which gitbeaker encodes. */
  readonly project: string;
  /**
   * Sends requests by `work` and reads the answer by `read`. Throws a ForgeError for whatever goes wrong on the way;
   * `route` names the request, such as `POST /merge_requests`, below the project.
   */
  ask<Answer, Result>(route: string, work: () => Promise<Answer>, read: (answer: Answer) => Result): Promise<Result>;
  /** What `work` gives, or `absent` for a 404. GitLab answers so for a project that the token may not see as well: that is thrown. */
  absentAs<Absent, Result>(absent: Absent, work: () => Promise<Result>): Promise<Result | Absent>;
}

export function openSession(connection: ForgeConnection): GitLabSession {
  const { repository, signal, hide } = connection;
  const api = createApi(connection);
  const ask: GitLabSession['ask'] = (route, work, read) => {
    const [method = '', path = ''] = route.split(' ');
    const request = path === '/user' || path === '/users' ? route : `${method} /projects/${repository}${path}`;
    const failure = (error: unknown): unknown => hide.inError(gitLabFailure(error, request));
    return answerOf({ request, forge: 'GitLab', signal, work, read, failure });
  };
  return {
    ...{ api, project: repository, ask },
    async absentAs(absent, work) {
      try {
        return await work();
      } catch (error) {
        if (!isForgeError(error, 'not-found')) throw error;
        await ask(
          'GET ',
          () => api.projects.show(repository),
          ({ id }) => id,
        );
        return absent;
      }
    },
  };
}

function createApi(connection: ForgeConnection) {
  const { token, serverUrl } = connection;
  // The address that counts is the API's, which the requester puts in front.
  const options = { host: serverUrl, token, requesterFn: createRequester(connection), queryTimeout: null };
  return {
    commits: new Commits(options),
    issues: new Issues(options),
    issueNotes: new IssueNotes(options),
    mergeRequests: new MergeRequests(options),
    mergeRequestNotes: new MergeRequestNotes(options),
    projects: new Projects(options),
    variables: new ProjectVariables(options),
    repositories: new Repositories(options),
    users: new Users(options),
  };
}

/** A page, as gitbeaker gives it with `showExpanded`. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly paginationInfo: { readonly next: number | null };
}

/** The items of the pages, as far as `limit` of them; `read` reads one page by its number. */
export async function collect<Item>(
  read: (page: { page: number; perPage: number }) => Promise<Page<Item>>,
  limit: number,
): Promise<Listing<Item>> {
  const perPage = Math.min(limit, 100);
  const items: Item[] = [];
  for (let page = 1; ; page++) {
    const { data, paginationInfo } = await read({ page, perPage });
    if (!Array.isArray(data)) throw new TypeError('a page that is not a list');
    items.push(...data);
    if (paginationInfo.next === null) return { items: items.slice(0, limit), complete: items.length <= limit };
    if (items.length >= limit) return { items: items.slice(0, limit), complete: false };
  }
}
