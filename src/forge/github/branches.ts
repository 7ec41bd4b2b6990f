import { isForgeError } from '../errors.ts';
import type { Comparison, ForgeBranches } from '../types.ts';
import type { GitHubSession } from './session.ts';

/** Branches over GitHub's API. */
export function gitHubBranches({ octokit, at, ask }: GitHubSession): ForgeBranches {
  /** GitHub says 404 also of a repository that the token may not see: then it is no absence. */
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
