import { coordinator } from '../../apply/limit/coordinator.ts';
import { sideBySide } from '../../apply/shared-jobs.ts';
import { manifestMemory } from '../../apply/source/reader.ts';
import type { Config, Destination } from '../../config/types.ts';
import { groupBy } from '../../core/group-by.ts';
import { UserError } from '../../core/problem.ts';
import type { LockedImage } from '../../lock/types.ts';
import { sharedRates } from '../../session/clients.ts';
import type { Context } from '../../session/context.ts';
import type { EarlierLockfiles } from '../../session/earlier.ts';
import type { RunBudget } from '../../session/source-session.ts';
import { type AppliedAt, applyAt, destinationRequests, failedGroups } from './destination.ts';
import { waitingForPulls } from './within.ts';

export interface EverywhereOptions {
  /** Transfers side by side, over all destinations. */
  readonly jobs: number;
  readonly maxWaitMs: number;
  readonly run: RunBudget;
  /** Whether to look deep first. */
  readonly deep: boolean;
  /** The skopeo to copy with; absent: copies are made directly. */
  readonly skopeo?: string | undefined;
  /** What was merged before. */
  readonly earlier: EarlierLockfiles;
}

/** A destination, and what was done there. */
export interface Applied extends AppliedAt {
  readonly destination: Destination;
}

/** Room for the manifests of the whole library, which several destinations share (bytes). */
const mostShared = 96 * 1024 * 1024;

/**
 * Applies at several destinations, and gives them in their order. Registries are worked on side by side, with one
 * allowance, one reading of each manifest and one rate of requests at the source, and a share of the jobs each. Those in
 * one registry go one after another, since a later one takes what an earlier one has. One that fails does not stop the others.
 */
export async function applyEverywhere(
  context: Context,
  config: Config,
  destinations: readonly Destination[],
  images: readonly LockedImage[],
  { jobs, maxWaitMs, run, deep, skopeo, earlier }: EverywhereOptions,
): Promise<Applied[]> {
  const common = {
    maxWaitMs,
    deep,
    skopeo,
    earlier,
    coordinator: coordinator(),
    awaitPulls: waitingForPulls(context, run, maxWaitMs),
  };
  const [only, another] = destinations;
  if (only === undefined) return [];
  if (another === undefined) {
    return [
      { destination: only, ...(await applyAt(context, config, only, images, { ...common, run, jobs, peers: [] })) },
    ];
  }
  const shared = { memory: manifestMemory(mostShared), rates: sharedRates() };
  const applyOne = async (destination: Destination, peers: readonly Destination[], own: () => number) => {
    const options = { ...common, run, shared, jobs: own, peers };
    try {
      return { destination, ...(await applyAt(named(context, destination), config, destination, images, options)) };
    } catch (error) {
      return { destination, ...failedAt(images, error) };
    }
  };
  const registries = groupBy(destinations, ({ registry: { host, insecure } }) => `${host} ${insecure}`);
  const works = [...registries.values()].map((ofOne) => async (own: () => number) => {
    const applied: Applied[] = [];
    for (const destination of ofOne) {
      const peers = applied.map((earlier) => earlier.destination);
      applied.push(await applyOne(destination, peers, own));
    }
    return applied;
  });
  const applied = (await sideBySide(works, jobs)).flat();
  return destinations.flatMap((destination) => applied.filter((one) => one.destination === destination));
}

/** Nothing was told of what was done: all that was to be done there is named. @throws what is no user's error */
function failedAt(images: readonly LockedImage[], error: unknown): AppliedAt {
  const failures = error instanceof UserError ? images.flatMap((image) => failedGroups(image, error)) : [];
  if (failures.length === 0) throw error;
  return {
    result: { copied: 0, tagged: 0, unchanged: 0, failures, waiting: [] },
    requests: { source: { countedPulls: 0, heads: 0 }, destination: destinationRequests() },
    sources: [],
    problems: [],
  };
}

/** Progress and log lines with the destination that they are about. */
function named(context: Context, { name }: Destination): Context {
  return {
    ...context,
    progress: { start: (title, total) => context.progress.start(`${name}: ${title}`, total) },
    debug: (line) => context.debug(`${name}: ${line}`),
  };
}
