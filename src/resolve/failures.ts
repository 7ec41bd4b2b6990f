import { type Problem, UserError } from '../core/problem.ts';

/**
 * Throws what could not be asked, with the problems in order and the exit code of the first; nothing where there is
 * none. `most`: after how many failures the rest was not asked any more (`resolve/gave-up`).
 */
export function throwFailures(
  failures: readonly UserError[],
  total: number,
  { what, most }: { what: string; most: number },
): void {
  const [first] = failures;
  if (first === undefined) return;
  const problems = distinct(failures.flatMap((failure) => failure.problems));
  const message = `Gave up after ${failures.length} of ${total} ${what}.`;
  if (failures.length >= most) problems.push({ code: 'resolve/gave-up', severity: 'error', message });
  throw new UserError(problems, { exitCode: first.exitCode, cause: first });
}

/** Each problem once: what is wrong with a registry is wrong for every group. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
