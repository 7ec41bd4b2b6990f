import type { ForgeConnection } from '../connection.ts';
import { isForgeError } from '../errors.ts';
import type { Comparison, Forge, ForgeBranches } from '../types.ts';
import { identify, probe } from './access.ts';
import { ciSettings } from './ci-settings.ts';
import { gitHubComments } from './comments.ts';
import { gitHubCommits } from './commits.ts';
import { gitHubProposalMetadata } from './proposal-metadata.ts';
import { gitHubProposals } from './proposals.ts';
import { type GitHubSession, openSession } from './session.ts';

/** A repository on GitHub, or on a GitHub Enterprise Server by its `apiUrl`. */
export function openGitHub(connection: ForgeConnection): Forge {
  const session = openSession(connection);
  return {
    kind: 'github',
    repository: session.repository,
    counts: connection.counts,
    close: connection.close,
    identify: () => identify(session),
    probe: () => probe(session),
    ciSettings: (environment) => ciSettings(session, environment),
    ...gitHubBranches(session),
    ...gitHubCommits(session),
    ...gitHubProposals(session),
    ...gitHubProposalMetadata(session),
    ...gitHubComments(session),
  };
}

/** Branches over GitHub's API. */
function gitHubBranches({ octokit, at, ask }: GitHubSession): ForgeBranches {
  /** GitHub says 404 also of a repository that the token may not see: then it is not an absence. */
  async function seenFirst(): Promise<void> {
    await ask(
      'GET ',
      () => octokit.rest.repos.get(at),
      ({ data }) => data.full_name,
    );
  }

  async function absentAs<Absent, Result>(absent: Absent, work: () => Promise<Result>): Promise<Result | Absent> {
    try {
      return await work();
    } catch (error) {
      if (!isForgeError(error, 'not-found')) throw error;
      await seenFirst();
      return absent;
    }
  }

  return {
    compare: (base, head) =>
      absentAs(undefined, () =>
        ask(
          `GET /compare/${base}...${head}`,
          () => octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${base}...${head}`, per_page: 1 }),
          ({ data }): Comparison => ({
            ahead: data.ahead_by,
            behind: data.behind_by,
            mergeBase: data.merge_base_commit.sha,
          }),
        ),
      ),
  };
}
