import type { ForgeBranches } from '../types.ts';
import type { GitLabSession } from './session.ts';

/** Branches over GitLab's API. */
export function gitLabBranches({ api, project, ask, absentAs }: GitLabSession): ForgeBranches {
  /** How many commits `to` has that `from` has not. */
  const countBetween = (from: string, to: string): Promise<number> =>
    ask(
      `GET /repository/compare?from=${from}&to=${to}`,
      () => api.repositories.compare(project, from, to),
      ({ commits }) => (commits ?? []).length,
    );

  return {
    branchTip: (branch) =>
      absentAs(undefined, () =>
        ask(
          `GET /repository/branches/${branch}`,
          () => api.branches.show(project, branch),
          ({ commit }) => commit.id,
        ),
      ),

    deleteBranch: (branch) =>
      absentAs(false, () =>
        ask(
          `DELETE /repository/branches/${branch}`,
          () => api.branches.remove(project, branch),
          () => true,
        ),
      ),

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
