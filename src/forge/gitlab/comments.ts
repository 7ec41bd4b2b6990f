import { defined } from '../../core/defined.ts';
import type { ForgeComments, Subject } from '../types.ts';
import { type IssueAnswer, type NoteAnswer, toComment, toIssue } from './mappers.ts';
import { collect, type GitLabSession, type Page } from './session.ts';
import { withoutQuickActions } from './text.ts';

/** Ten pages. */
const most = 1_000;

/** Comments and issues over GitLab's API. */
export function gitLabComments({ api, project, ask }: GitLabSession): ForgeComments {
  const notesOf = ({ kind }: Subject) => (kind === 'proposal' ? api.mergeRequestNotes : api.issueNotes);
  const route = ({ kind, number }: Subject): string =>
    `/${kind === 'proposal' ? 'merge_requests' : 'issues'}/${number}/notes`;

  return {
    listComments(subject) {
      const order = { sort: 'asc' as const, orderBy: 'created_at' as const };
      const readPage = (page: { page: number; perPage: number }): Promise<Page<NoteAnswer>> =>
        notesOf(subject).all(project, subject.number, { ...order, ...page, showExpanded: true });
      return ask(
        `GET ${route(subject)}`,
        () => collect(readPage, most),
        // What GitLab itself notes down is no comment.
        (list) => ({ ...list, items: list.items.filter(({ system }) => !system).map(toComment) }),
      );
    },

    comment: (subject, body) =>
      ask(
        `POST ${route(subject)}`,
        (): Promise<object> => notesOf(subject).create(project, subject.number, withoutQuickActions(body)),
        () => undefined,
      ),

    findIssues({ state, label }) {
      const states = { open: { state: 'opened' as const }, closed: { state: 'closed' as const }, all: {} };
      const options = { labels: label, scope: 'all' as const, orderBy: 'created_at' as const, sort: 'desc' as const };
      const readPage = (page: { page: number; perPage: number }): Promise<Page<IssueAnswer>> =>
        api.issues.all({ projectId: project, ...options, ...states[state], ...page, showExpanded: true });
      return ask(
        'GET /issues',
        () => collect(readPage, most),
        (list) => ({ ...list, items: list.items.map(toIssue) }),
      );
    },

    openIssue: ({ title, body, labels }) =>
      ask(
        'POST /issues',
        () => api.issues.create(project, title, { description: withoutQuickActions(body), labels: labels.join(',') }),
        (answer: IssueAnswer) => toIssue(answer),
      ),

    editIssue(number, { title, body, state }) {
      const edit = {
        ...defined({ title }),
        ...(body === undefined ? {} : { description: withoutQuickActions(body) }),
        ...(state === undefined ? {} : { stateEvent: state === 'open' ? ('reopen' as const) : ('close' as const) }),
      };
      return ask(
        `PUT /issues/${number}`,
        () => api.issues.edit(project, number, edit),
        (answer: IssueAnswer) => toIssue(answer),
      );
    },
  };
}
