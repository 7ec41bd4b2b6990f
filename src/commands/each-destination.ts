import type { Destination } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import type { Problem } from '../core/problem.ts';

/** What work at one destination gave. */
export interface AtDestination<Value> {
  readonly destination: Destination;
  readonly value: Value;
}

/** A destination at which the work failed as a whole. */
export interface DestinationFailure {
  readonly name: string;
  readonly problem: Problem;
}

/** Does work at one destination after another; one at which it fails holds back no other. */
export async function atEach<Value>(
  destinations: readonly Destination[],
  work: (destination: Destination) => Promise<Value>,
): Promise<{ readonly done: readonly AtDestination<Value>[]; readonly failures: readonly DestinationFailure[] }> {
  const done: AtDestination<Value>[] = [];
  const failures: DestinationFailure[] = [];
  for (const destination of destinations) {
    const tried = await attempt(() => work(destination));
    if (tried.ok) done.push({ destination, value: tried.value });
    else failures.push({ name: destination.name, problem: tried.problem });
  }
  return { done, failures };
}

/** The failures as problems. @param what what became of it, such as `was not compared with the lockfile` */
export function destinationProblems(failures: readonly DestinationFailure[], what: string): Problem[] {
  return failures.map(({ name, problem }) => ({ ...problem, message: `${name} ${what}: ${problem.message}` }));
}

/** The failures under their key of `--json`, which is absent where there are none. */
export function failuresJson(failures: readonly DestinationFailure[]): { failures?: readonly DestinationFailure[] } {
  return failures.length === 0 ? {} : { failures };
}
