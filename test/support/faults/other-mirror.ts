import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../temporary-directory.ts';
import type { CountedRegistry, World } from '../world.ts';

/** A destination of a mirror, in the namespace `mirror` if it names none. */
export interface DestinationSpec {
  readonly name?: string;
  readonly host: string;
  readonly namespace?: string;
  readonly insecure?: boolean;
}

/**
 * A world with a copy of another's mirror repository, lockfile included, that has other destinations, and a cache of its
 * own: so that many tests share one source and one lock.
 */
export function otherMirror(world: World, destinations: readonly DestinationSpec[]): World {
  const home = temporaryDirectory().path;
  const mirror = join(home, 'mirror');
  cpSync(world.mirror, mirror, { recursive: true });
  const file = join(mirror, 'mirrors.yaml');
  const lines = destinations.map(
    ({ name = 'main', host, namespace = 'mirror', insecure = true }) =>
      `  - {name: ${name}, registry: "${host}", namespace: ${namespace}, insecure: ${insecure}}\n`,
  );
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^ {2}- \{name: main.*\n/m, lines.join('')));
  return { ...world, mirror, home };
}

/** The same with one destination, which the tests of promises look at. */
export function mirrorTo(world: World, destination: CountedRegistry): World {
  return { ...otherMirror(world, [{ host: destination.host }]), destination };
}
