import { startCli } from '../cli.ts';
import type { CountingProxy } from '../counting-proxy.ts';
import type { Hub } from '../hub/hub.ts';
import type { SeenRequest } from '../traffic.ts';
import type { MortalRegistry } from './mortal-registry.ts';
import { missing, readStored } from './stored.ts';
import type { SoakWorld } from './world.ts';

/** Where a schedule plays. */
export interface Stage {
  readonly world: SoakWorld;
  readonly source: MortalRegistry;
  readonly hub: Hub;
  readonly target: MortalRegistry;
  /** Before the target. */
  readonly proxy: CountingProxy;
  readonly mirror: string;
  readonly cache: string;
  readonly seed: string;
}

/** Starts the built command in the mirror repository of a stage. */
export function startTool({ mirror, cache }: Stage, ...args: readonly string[]) {
  return startCli([...args, '--quiet'], { cwd: mirror, env: { MIRRORLOCK_CACHE: cache } });
}

/**
 * Notes what is wholly at the destination now; the function that it gives tells what was asked at the source all the
 * same. Blobs are judged only where no answer of the destination was lost (`strict`).
 */
export function fetchedTwice({ world, hub, target }: Stage, strict = false): () => string[] {
  const stored = readStored(target.storage, { rest: true });
  const has = new Set(
    [...world.after, ...world.before].flatMap((built) => {
      const wholes = new Set(
        [...built.manifests.keys()].filter((digest) => missing(stored, built, digest).length === 0),
      );
      const blobs = [...built.blobs.keys()].filter((digest) => strict && stored.hasBlob(built.repository, digest));
      return [...wholes, ...blobs].map((digest) => `${built.repository}@${digest}`);
    }),
  );
  const from = hub.seen().length;
  const isTwice = ({ method, repository, reference }: SeenRequest) =>
    method === 'GET' && has.has(`${repository}@${reference}`);
  return () =>
    hub
      .seen()
      .slice(from)
      .filter(isTwice)
      .map((request) => `fetched again, though wholly at the destination: ${describe(request)}`);
}

export function describe({ method, repository, reference, kind }: SeenRequest): string {
  return `${method} ${kind} ${repository}@${reference}`;
}
