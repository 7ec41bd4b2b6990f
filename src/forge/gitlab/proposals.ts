import { defined } from '../../core/defined.ts';
import type { ForgeProposals, ProposalEdit, ProposalQuery } from '../types.ts';
import { type MergeRequestAnswer, toAccount, toProposal } from './mappers.ts';
import { collect, type GitLabSession, type Page } from './session.ts';
import { draftTitle, withoutQuickActions } from './text.ts';

/** Merge requests over GitLab's API. */
export function gitLabProposals({ api, project, ask, absentAs }: GitLabSession): ForgeProposals {
  const show = (number: number): Promise<MergeRequestAnswer> =>
    ask(
      `GET /merge_requests/${number}`,
      () => api.mergeRequests.show(project, number),
      (answer) => answer,
    );

  const change = (
    number: number,
    edit: { title?: string; description?: string; targetBranch?: string; stateEvent?: string },
  ) => ask(`PUT /merge_requests/${number}`, () => api.mergeRequests.edit(project, number, edit), toProposal);

  /** A draft is known by its title, so that a new title has to keep what it is. */
  async function titleFor(number: number, { title }: ProposalEdit): Promise<{ title?: string }> {
    if (title === undefined) return {};
    return { title: draftTitle(title, (await show(number)).draft === true) };
  }

  return {
    async findProposals(query) {
      const limit = query.limit ?? 30;
      const options = listOptions(query);
      const readPage = (page: { page: number; perPage: number }): Promise<Page<MergeRequestAnswer>> =>
        api.mergeRequests.all({ projectId: project, ...options, ...page, showExpanded: true });
      const { items, complete } = await ask(
        'GET /merge_requests',
        () => collect(readPage, limit),
        (list) => list,
      );
      const proposals = items.map(toProposal).filter(({ head }) => head.fork === undefined);
      // For GitLab, what was merged is not closed.
      const fits = (state: string): boolean => query.state !== 'closed' || state !== 'open';
      return { items: proposals.filter(({ state }) => fits(state)), complete };
    },

    readProposal: (number) => absentAs(undefined, async () => toProposal(await show(number))),

    openProposal: ({ head, base, title, body, isDraft }) =>
      ask(
        'POST /merge_requests',
        () =>
          api.mergeRequests.create(project, head, base, draftTitle(title, isDraft), {
            description: withoutQuickActions(body),
          }),
        toProposal,
      ),

    async editProposal(number, edit) {
      const { body, base } = edit;
      return change(number, {
        ...(await titleFor(number, edit)),
        ...(body === undefined ? {} : { description: withoutQuickActions(body) }),
        ...defined({ targetBranch: base }),
      });
    },

    closeProposal: (number) => change(number, { stateEvent: 'close' }),

    async closedBy(number) {
      const { closed_by, merged_by } = await show(number);
      const user = closed_by ?? merged_by;
      return user ? toAccount(user) : undefined;
    },
  };
}

function listOptions({ head, state, base }: ProposalQuery) {
  return {
    sourceBranch: head,
    ...defined({ targetBranch: base }),
    ...(state === 'open' ? { state: 'opened' as const } : {}),
    scope: 'all' as const,
    orderBy: 'created_at' as const,
    sort: 'desc' as const,
  };
}
