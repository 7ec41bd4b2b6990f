import { applyPlan } from '../apply/apply.ts';
import { type ApplyResult, type PlaceReport, type PullAllowance, unlimitedPulls } from '../apply/types.ts';
import type { Config, Destination } from '../config/types.ts';
import type { Progress, ProgressTask } from '../core/progress.ts';
import type { LockedImage } from '../lock/types.ts';
import { look } from '../plan/look.ts';
import { makePlan } from '../plan/plan.ts';
import type { RegistryClient } from '../registry/types.ts';
import { openClient } from './clients.ts';
import type { Context } from './context.ts';
import { destinationManifests } from './manifests.ts';
import { type OpenSources, openSourcesOf, withCopier } from './sources.ts';
import { headDigest } from './target.ts';

/** Requests that an apply made; those of the copy engine pass through the gateway, which makes them. */
export interface Requests {
  /** Of the source itself. */
  readonly source: { readonly countedPulls: number; readonly heads: number };
  readonly destination: { readonly heads: number; readonly gets: number; readonly puts: number };
}

/** What was done at one destination, and what it took. */
export interface AppliedAt {
  readonly result: ApplyResult;
  readonly requests: Requests;
  /** The alternates and the source, in the order in which they are asked. */
  readonly sources: readonly PlaceReport[];
}

/** Looks at one destination, plans, and carries the plan out. */
export async function applyAt(
  context: Context,
  config: Config,
  destination: Destination,
  images: readonly LockedImage[],
  options: { jobs: number; skopeo: string; pulls?: PullAllowance },
): Promise<AppliedAt> {
  const sources = openSourcesOf(context, config.source, options.pulls ?? unlimitedPulls);
  const client = openClient(context, destination);
  const progress = rememberLast(context.progress);
  const copying = { ...options, onItem: (item: string) => progress.last?.advance(0, item) };
  try {
    const plan = makePlan(await look(images, headDigest(client, destination.namespace), progress));
    const places = { source: config.source, destination };
    const result = await withCopier(context, sources, places, copying, (copier) => {
      const at = destinationManifests(client, destination.namespace);
      return applyPlan(plan, { source: sources.manifests, destination: at, copier }, progress);
    });
    return { result, requests: countRequests(sources, client), sources: sources.reports() };
  } finally {
    await Promise.all([sources.close(), client.close()]);
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

function countRequests({ client }: OpenSources, destination: RegistryClient): Requests {
  const { manifestHead, manifestGet, manifestPut } = destination.counts;
  return {
    source: { countedPulls: client.counts.manifestGet, heads: client.counts.manifestHead },
    destination: { heads: manifestHead, gets: manifestGet, puts: manifestPut },
  };
}
