import type { ForgeComments } from '../types.ts';
import { toComment, toIssue } from './mappers.ts';
import { collect, type GitHubSession } from './session.ts';

/** Ten pages. */
const most = 1_000;

/** Comments and issues over GitHub's API. Nothing that opens something is sent twice. */
export function gitHubComments({ octokit, at, ask }: GitHubSession): ForgeComments {
  const once = { request: { retries: 0 } };
  return {
    listComments({ number }) {
      const query = { ...at, issue_number: number, per_page: 100 };
      const pages = () => octokit.paginate.iterator(octokit.rest.issues.listComments, query);
      return ask(
        `GET /issues/${number}/comments`,
        () => collect(pages(), most),
        (list) => ({ ...list, items: list.items.map(toComment) }),
      );
    },

    comment: ({ number }, body) =>
      ask(
        `POST /issues/${number}/comments`,
        () => octokit.rest.issues.createComment({ ...at, issue_number: number, body, ...once }),
        () => undefined,
      ),

    findIssues({ state, label }) {
      const query = {
        ...at,
        state,
        labels: label,
        sort: 'created' as const,
        direction: 'desc' as const,
        per_page: 100,
      };
      const pages = () => octokit.paginate.iterator(octokit.rest.issues.listForRepo, query);
      return ask(
        'GET /issues',
        () => collect(pages(), most),
        // GitHub lists pull requests as issues, too.
        (list) => ({ ...list, items: list.items.filter(({ pull_request }) => !pull_request).map(toIssue) }),
      );
    },

    openIssue: ({ title, body, labels }) =>
      ask(
        'POST /issues',
        () => octokit.rest.issues.create({ ...at, title, body, labels: [...labels], ...once }),
        ({ data }) => toIssue(data),
      ),

    editIssue: (number, edit) =>
      ask(
        `PATCH /issues/${number}`,
        () => octokit.rest.issues.update({ ...at, issue_number: number, ...edit }),
        ({ data }) => toIssue(data),
      ),
  };
}
