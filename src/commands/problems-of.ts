import type { ApplyResult } from '../apply/types.ts';
import type { Problem } from '../core/problem.ts';

/** What failed at one place, with the groups that it is about. */
export function failureProblems(place: string, { failures }: Pick<ApplyResult, 'failures'>): Problem[] {
  return failures.map(({ image, digest, tags, problem }) => ({
    ...problem,
    message: `${image}@${digest} (${tags.join(', ')}) was not applied at ${place}: ${problem.message}`,
  }));
}
