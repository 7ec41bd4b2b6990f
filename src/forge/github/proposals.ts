import { defined } from '../../core/defined.ts';
import { isForgeError } from '../errors.ts';
import type { Account, ForgeProposals, Proposal } from '../types.ts';
import { type PullAnswer, toAccount, toProposal } from './mappers.ts';
import { collect, type GitHubSession } from './session.ts';

/** Pull requests over GitHub's API. Nothing that opens something is sent twice, since the first may have arrived. */
export function gitHubProposals({ octokit, at, ask, repository }: GitHubSession): ForgeProposals {
  const proposalOf = ({ data }: { readonly data: PullAnswer }): Proposal => toProposal(data, repository);
  const edit = (number: number, changes: { title?: string; body?: string; base?: string; state?: 'closed' }) =>
    ask(
      `PATCH /pulls/${number}`,
      () => octokit.rest.pulls.update({ ...at, pull_number: number, ...changes }),
      proposalOf,
    );

  return {
    async findProposals({ head, state, base, limit = 30 }) {
      const query = {
        ...at,
        head: `${at.owner}:${head}`,
        state,
        ...defined({ base }),
        sort: 'created' as const,
        direction: 'desc' as const,
        per_page: Math.min(limit, 100),
      };
      const pages = () => octokit.paginate.iterator(octokit.rest.pulls.list, query);
      const { items, complete } = await ask(
        'GET /pulls',
        () => collect<PullAnswer>(pages(), limit),
        (list) => list,
      );
      const proposals = items.map((pull) => toProposal(pull, repository));
      // Another repository of the same owner may be a fork, with a branch of the same name.
      return { items: proposals.filter((proposal) => proposal.head.fork === undefined), complete };
    },

    async readProposal(number) {
      try {
        const request = () => octokit.rest.pulls.get({ ...at, pull_number: number });
        return await ask(`GET /pulls/${number}`, request, proposalOf);
      } catch (error) {
        if (!isForgeError(error, 'not-found')) throw error;
        await ask(
          'GET ',
          () => octokit.rest.repos.get(at),
          ({ data }) => data.full_name,
        );
        return undefined;
      }
    },

    openProposal: ({ isDraft, ...proposal }) =>
      ask(
        'POST /pulls',
        () => octokit.rest.pulls.create({ ...at, ...proposal, draft: isDraft, request: { retries: 0 } }),
        proposalOf,
      ),

    editProposal: (number, changes) => edit(number, changes),
    closeProposal: (number) => edit(number, { state: 'closed' }),

    closedBy: (number) =>
      ask(
        `GET /issues/${number}`,
        () => octokit.rest.issues.get({ ...at, issue_number: number }),
        ({ data }): Account | undefined => toAccount(data.closed_by)?.account,
      ),
  };
}
