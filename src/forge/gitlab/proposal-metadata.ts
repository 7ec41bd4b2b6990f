import { ForgeError } from '../errors.ts';
import type { ForgeProposalMetadata, MergeMethod } from '../types.ts';
import type { MergeRequestAnswer, UserAnswer } from './mappers.ts';
import type { GitLabSession } from './session.ts';

/** Labels, people, drafts and auto-merge over GitLab's API, which knows people by their numbers. */
export function gitLabProposalMetadata({ api, project, ask }: GitLabSession): ForgeProposalMetadata {
  const route = (number: number): string => `/merge_requests/${number}`;

  const show = (number: number): Promise<MergeRequestAnswer> =>
    ask(
      `GET ${route(number)}`,
      () => api.mergeRequests.show(project, number),
      (answer) => answer,
    );

  async function idOf(username: string): Promise<number | undefined> {
    const find = () => api.users.all({ username, perPage: 1, page: 1 });
    return ask('GET /users', find, (users) => users.find((user) => sameName(user.username, username))?.id);
  }

  async function idsOf(usernames: readonly string[]): Promise<number[]> {
    const ids: number[] = [];
    for (const username of usernames) {
      const id = await idOf(username);
      if (id !== undefined) ids.push(id);
    }
    return ids;
  }

  return {
    addLabels: (number, labels) =>
      ask(
        `PUT ${route(number)}`,
        () => api.mergeRequests.edit(project, number, { addLabels: labels.join(',') }),
        () => undefined,
      ),

    async requestReviews(number, reviewers) {
      const request = `PUT ${route(number)}`;
      const ids = await idsOf(reviewers.filter((name) => !name.startsWith('@')));
      const present = (await show(number)).reviewers ?? [];
      const reviewerIds = [...present.map(({ id }) => id), ...ids];
      const taken = await ask(
        request,
        () => api.mergeRequests.edit(project, number, { reviewerIds }),
        (answer: MergeRequestAnswer) => answer.reviewers ?? [],
      );
      const left = missingOf(reviewers, taken);
      if (left.length === 0) return;
      const summary = 'GitLab did not take all reviewers: it has no groups of them, and some plans allow one only.';
      throw new ForgeError({ kind: 'validation', request, summary, value: left.join(', ') });
    },

    async addAssignees(number, assignees) {
      const ids = await idsOf(assignees);
      const present = (await show(number)).assignees ?? [];
      const assigneeIds = [...present.map(({ id }) => id), ...ids];
      return ask(
        `PUT ${route(number)}`,
        () => api.mergeRequests.edit(project, number, { assigneeIds }),
        (answer: MergeRequestAnswer) => missingOf(assignees, answer.assignees ?? []),
      );
    },

    async setAutoMerge(number, method: MergeMethod | undefined) {
      if (method === undefined) {
        await ask(
          `POST ${route(number)}/cancel_merge_when_pipeline_succeeds`,
          () => api.mergeRequests.cancelOnPipelineSuccess(project, number),
          () => undefined,
        );
        return;
      }
      const request = `PUT ${route(number)}/merge`;
      // Without a pipeline GitLab merges at once, and a new merge request has none for some seconds.
      if (!(await show(number)).head_pipeline) {
        throw new ForgeError({ kind: 'conflict', request, summary: 'there is no pipeline to wait for yet.' });
      }
      // Both names: the first since GitLab 17.11, the second before. How to rebase is a setting of the project.
      const options = { autoMerge: true, mergeWhenPipelineSucceeds: true, squash: method === 'squash' };
      await ask(
        request,
        () => api.mergeRequests.accept(project, number, options),
        () => undefined,
      );
    },
  };
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function missingOf(wanted: readonly string[], taken: readonly UserAnswer[]): string[] {
  return wanted.filter((name) => !taken.some(({ username }) => sameName(username, name)));
}
