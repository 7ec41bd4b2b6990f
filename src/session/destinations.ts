import type { Config, Destination } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import { unknownNameHint } from '../core/nearest.ts';
import { type Problem, problemError, UserError } from '../core/problem.ts';
import { placeName } from '../core/written-place.ts';

/**
 * The destinations to work on: those named, or all.
 *
 * @throws UserError `destinations/none`, or `destinations/unknown` for each name that the configuration lacks
 */
export function chooseDestinations(
  { destinations, file }: Config,
  names: readonly string[] | undefined,
): Destination[] {
  if (destinations.length === 0) {
    const hint = 'Add `destinations:` with a name, a registry and a namespace.';
    throw problemError('destinations/none', 'The configuration names no destination.', file, hint);
  }
  if (names === undefined) return [...destinations];
  const known = destinations.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UserError(unknown.map((name) => unknownDestination(name, known)));
  }
  return destinations.filter(({ name }) => names.includes(name));
}

function unknownDestination(value: string, known: readonly string[]): Problem {
  const hint = unknownNameHint(value, known);
  return {
    code: 'destinations/unknown',
    severity: 'error',
    message: 'The configuration has no destination of this name.',
    value,
    ...defined({ hint }),
  };
}

/** A destination as people name it: `main (registry.example.com/library)`, with variables as mirrors.yaml writes them. */
export function destinationText(destination: Destination): string {
  return `${destination.name} (${placeName(destination)})`;
}

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

/** Does work at one destination after another; a failure at one does not stop the others. */
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
