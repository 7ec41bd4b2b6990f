import type { ForgeConnection } from '../connection.ts';
import type { Forge, ForgeBranches } from '../types.ts';
import { ciSettings, identify, probe } from './access.ts';
import { gitLabComments } from './comments.ts';
import { gitLabCommits } from './commits.ts';
import { gitLabProposalMetadata } from './proposal-metadata.ts';
import { gitLabProposals } from './proposals.ts';
import { type GitLabSession, openSession } from './session.ts';

/** A project on a GitLab, by its `apiUrl`. Its proposals are merge requests, their numbers the project's own. */
export function openGitLab(connection: ForgeConnection): Forge {
  const session = openSession(connection);
  return {
    kind: 'gitlab',
    repository: session.project,
    counts: connection.counts,
    close: connection.close,
    identify: () => identify(session),
    probe: () => probe(session),
    ciSettings: () => ciSettings(session),
    ...gitLabBranches(session),
    ...gitLabCommits(session),
    ...gitLabProposals(session),
    ...gitLabProposalMetadata(session),
    ...gitLabComments(session),
  };
}

/** Branches over GitLab's API. */
function gitLabBranches({ api, project, ask, absentAs }: GitLabSession): ForgeBranches {
  /** How many commits `to` has that `from` has not. */
  const countBetween = (from: string, to: string): Promise<number> =>
    ask(
      `GET /repository/compare?from=${from}&to=${to}`,
      () => api.repositories.compare(project, from, to),
      ({ commits }) => (commits ?? []).length,
    );

  return {
    compare: (base, head) =>
      absentAs(undefined, async () => {
        const mergeBase = await ask(
          `GET /repository/merge_base`,
          () => api.repositories.mergeBase(project, [base, head]),
          ({ id }) => id,
        );
        const [ahead, behind] = [await countBetween(base, head), await countBetween(head, base)];
        return { ahead, behind, mergeBase };
      }),
  };
}
