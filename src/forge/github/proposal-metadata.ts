import type { ForgeProposalMetadata, MergeMethod } from '../types.ts';
import type { GitHubSession } from './session.ts';

const autoMergeMutation = `mutation ($id: ID!, $mergeMethod: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: $mergeMethod }) { pullRequest { number } }
}`;
const noAutoMergeMutation = `mutation ($id: ID!) {
  disablePullRequestAutoMerge(input: { pullRequestId: $id }) { pullRequest { number } }
}`;

/** Labels, people and auto-merge over GitHub's API; the last is only in GraphQL. */
export function gitHubProposalMetadata({ octokit, at, ask }: GitHubSession): ForgeProposalMetadata {
  async function mutate(number: number, mutation: string, variables: { mergeMethod?: string } = {}): Promise<void> {
    const read = () => octokit.rest.pulls.get({ ...at, pull_number: number });
    const id = await ask(`GET /pulls/${number}`, read, ({ data }) => data.node_id);
    await ask(
      'POST /graphql',
      () => octokit.graphql<object>(mutation, { id, ...variables }),
      () => undefined,
    );
  }

  return {
    addLabels: (number, labels) =>
      ask(
        `POST /issues/${number}/labels`,
        () => octokit.rest.issues.addLabels({ ...at, issue_number: number, labels: [...labels] }),
        () => undefined,
      ),

    requestReviews(number, reviewers) {
      const [teams, people] = [true, false].map((isTeam) =>
        reviewers.filter((name) => name.startsWith('@') === isTeam),
      );
      const request = {
        ...at,
        pull_number: number,
        reviewers: people ?? [],
        team_reviewers: (teams ?? []).map((team) => team.slice(1)),
      };
      const route = `POST /pulls/${number}/requested_reviewers`;
      return ask(
        route,
        () => octokit.rest.pulls.requestReviewers(request),
        () => undefined,
      );
    },

    addAssignees: (number, assignees) =>
      ask(
        `POST /issues/${number}/assignees`,
        () => octokit.rest.issues.addAssignees({ ...at, issue_number: number, assignees: [...assignees] }),
        ({ data }) => {
          // GitHub passes over whom it cannot assign.
          const taken = new Set((data.assignees ?? []).map(({ login }) => login.toLowerCase()));
          return assignees.filter((name) => !taken.has(name.toLowerCase()));
        },
      ),

    setAutoMerge: (number, method: MergeMethod | undefined) =>
      method === undefined
        ? mutate(number, noAutoMergeMutation)
        : mutate(number, autoMergeMutation, { mergeMethod: method.toUpperCase() }),
  };
}
