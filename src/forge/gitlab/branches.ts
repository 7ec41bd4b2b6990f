import { isForgeError } from '../errors.ts';
import type { ForgeBranches } from '../types.ts';
import type { GitLabSession } from './session.ts';

/** Branches over GitLab's API. */
export function gitLabBranches({ api, project, ask }: GitLabSession): ForgeBranches {
  /** GitLab says 404 also of a project that the token may not see: then it is no absence. */
  async function absentAs<Absent, Result>(absent: Absent, work: () => Promise<Result>): Promise<Result | Absent> {
    try {
      return await work();
    } catch (error) {
      if (!isForgeError(error, 'not-found')) throw error;
      await ask(
        'GET ',
        () => api.projects.show(project),
        ({ id }) => id,
      );
      return absent;
    }
  }

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
