import { distance } from 'fastest-levenshtein';
import type { Config, Destination } from '../config/types.ts';
import { problemError, UserError } from '../core/problem.ts';
import { namespacePath } from '../core/repository-path.ts';

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
    throw new UserError(
      unknown.map((value) => ({
        code: 'destinations/unknown',
        severity: 'error' as const,
        message: 'The configuration has no destination of this name.',
        value,
        hint: `Did you mean ${[...known].sort((a, b) => distance(value, a) - distance(value, b))[0]}?`,
      })),
    );
  }
  return destinations.filter(({ name }) => names.includes(name));
}

/** A destination as people name it: `main (registry.example.com/library)`. */
export function destinationText({ name, registry, namespace }: Destination): string {
  return `${name} (${namespacePath(registry.host, namespace)})`;
}
