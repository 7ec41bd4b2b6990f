import { applyPlan } from '../apply/apply.ts';
import { createSkopeoCopier } from '../apply/skopeo/copier.ts';
import type { ApplyResult } from '../apply/types.ts';
import type { Config, Destination } from '../config/types.ts';
import type { Progress, ProgressTask } from '../core/progress.ts';
import type { LockedImage } from '../lock/types.ts';
import { look } from '../plan/look.ts';
import { makePlan } from '../plan/plan.ts';
import type { RegistryClient } from '../registry/types.ts';
import { openClient } from './clients.ts';
import type { Context } from './context.ts';
import { destinationManifests, sourceManifests } from './manifests.ts';
import { headDigest } from './target.ts';

/** Requests that an apply made, the copy engine's manifest GETs at the source included. */
export interface Requests {
  readonly source: { readonly countedPulls: number; readonly heads: number };
  readonly destination: { readonly heads: number; readonly gets: number; readonly puts: number };
}

/** Looks at one destination, plans, and carries the plan out. */
export async function applyAt(
  context: Context,
  config: Config,
  destination: Destination,
  images: readonly LockedImage[],
  { jobs, skopeo }: { jobs: number; skopeo: string },
): Promise<{ result: ApplyResult; requests: Requests }> {
  const { source } = config;
  const sourceClient = openClient(context, source);
  const alternates = source.alternates.map((place) => ({ place, client: openClient(context, place) }));
  const destinationClient = openClient(context, destination);
  const progress = rememberLast(context.progress);
  const copier = await createSkopeoCopier(source, destination, {
    program: skopeo,
    jobs,
    env: context.env,
    signal: context.signal,
    onLine: context.debug,
    onItem: (item) => progress.last?.advance(0, item),
  });
  try {
    const head = headDigest(destinationClient, destination.namespace);
    const plan = makePlan(await look(images, head, progress));
    const ports = {
      source: sourceManifests({ place: source, client: sourceClient }, alternates),
      destination: destinationManifests(destinationClient, destination.namespace),
      copier,
    };
    const result = await applyPlan(plan, ports, progress);
    const sources = [sourceClient, ...alternates.map(({ client }) => client)];
    return { result, requests: countRequests(sources, destinationClient, result.copyManifestGets) };
  } finally {
    await copier.close();
    await Promise.all(
      [sourceClient, destinationClient, ...alternates.map(({ client }) => client)].map((client) => client.close()),
    );
  }
}

/** A progress that knows the task that was started last, to which what skopeo copies is told. */
function rememberLast({ start }: Progress): Progress & { last?: ProgressTask } {
  const remembering: Progress & { last?: ProgressTask } = {
    start(title, total) {
      remembering.last = start(title, total);
      return remembering.last;
    },
  };
  return remembering;
}

function countRequests(sources: readonly RegistryClient[], destination: RegistryClient, copyGets: number): Requests {
  const sum = (kind: 'manifestGet' | 'manifestHead') => sources.reduce((total, { counts }) => total + counts[kind], 0);
  const { manifestHead, manifestGet, manifestPut } = destination.counts;
  return {
    source: { countedPulls: sum('manifestGet') + copyGets, heads: sum('manifestHead') },
    destination: { heads: manifestHead, gets: manifestGet, puts: manifestPut },
  };
}
