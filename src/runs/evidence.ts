import { blobContent } from '../apply/source/blob.ts';
import { pullGate } from '../apply/source/pull-gate.ts';
import { type UpstreamRegistry, upstreamRegistry } from '../apply/source/upstream-registries.ts';
import { budgetCode } from '../apply/types.ts';
import { platformsKept } from '../config/platforms.ts';
import type { Config, Destination, Source } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { type Digest, type ImageName, repositoryPath } from '../core/names.ts';
import type { Problem, UserError } from '../core/problem.ts';
import { type ContentsReader, type EvidencePorts, readEvidence } from '../evidence/read.ts';
import { stepsBetween } from '../evidence/steps.ts';
import type { Evidence, Step } from '../evidence/types.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import { isHub } from '../registry/hub.ts';
import type { BlobRef, Manifest, RegistryClient } from '../registry/types.ts';
import { openImpatient } from '../session/clients.ts';
import type { Context } from '../session/context.ts';
import { beginBudget, openBudget, openSourcesOf, type PullShare, type RunBudget } from '../session/source-session.ts';
import { gitPorts } from './upstream-git.ts';

/** What changes, by the lockfiles before and after. */
export interface Lockfiles {
  readonly before: Lockfile | undefined;
  readonly after: Lockfile;
}

/** Where the contents of images are read: the source and its alternates, or the destinations. */
interface EvidencePlace {
  manifest(image: ImageName, digest: Digest): Promise<Manifest | undefined>;
  blob(image: ImageName, blob: BlobRef): AsyncIterable<Uint8Array>;
}

/** What a reader of contents is given. */
export interface EvidencePlaces {
  readonly source: EvidencePlace;
  readonly destination: EvidencePlace;
  /** Upstream's digests that a digest of the lockfile is made from. */
  sourceDigests(image: ImageName, digest: Digest): readonly Digest[];
}

export interface GatherOptions {
  /** Makes the reader of what images hold, which is asked with `evidence: contents`; absent: that is not read. */
  readonly contents?: (places: EvidencePlaces) => ContentsReader;
  /** Whether upstream's git is read only as far as the cache has it. */
  readonly isOffline?: boolean;
}

/**
 * Reads why the digests of a change are others, as far as `review.evidence` goes and within `review.share` of the source's
 * pulls. What is read of the source is kept for `apply`. Writes nothing else.
 *
 * @throws UserError as `openBudget` does, and for an interrupt; what cannot be read is in the result
 */
export async function gatherEvidence(
  context: Context,
  config: Config,
  { before, after }: Lockfiles,
  { contents, isOffline = false }: GatherOptions = {},
): Promise<Evidence> {
  const steps = stepsBetween(before, after);
  const options = {
    commits: { ...(before && { before: before.upstream.commit }), after: after.upstream.commit },
    platformsOf: (image: ImageName) => platformsKept(config, image)?.platforms,
    progress: context.progress,
    signal: context.signal,
  };
  const git = await gitPorts(context, config, after, isOffline);
  const [first] = steps;
  if (config.review.evidence === 'git' || first === undefined) return readEvidence(steps, { git }, options);
  const opened = await openPlaces(context, config, after, first);
  try {
    const reader = config.review.evidence === 'contents' ? contents?.(opened.places) : undefined;
    const ports: EvidencePorts = { git, index: opened.index, ...(reader && { contents: reader }) };
    const evidence = await readEvidence(steps, ports, options);
    return { ...evidence, problems: [...evidence.problems, ...opened.problems()] };
  } finally {
    await opened.close();
  }
}

/** Opens the source, within its share of pulls, and the destinations. */
async function openPlaces(context: Context, config: Config, after: Lockfile, first: Step) {
  const { source, review } = config;
  const sourceDigests = sourceDigestsOf(after);
  const run = await openBudget(context, source, { store: 'read-and-keep' });
  const probe = { image: first.image, reference: sourceDigests(first.image, first.to)[0] ?? first.to };
  const share = await openShare(context, source, run, probe, review.share);
  const destinations = await openDestinations(context, config);
  const sources = openSourcesOf(context, source, share, { store: run.store });
  const atSource: EvidencePlace = {
    manifest: (image, digest) => sources.manifests.get(image, digest),
    blob: (image, blob) => blobContent(image, blob, sources.places)(context.signal),
  };
  const clients = [sources.client, ...destinations.counted];
  return {
    places: { source: atSource, destination: destinations.place(context.signal), sourceDigests },
    index: {
      sourceDigest: (image: ImageName, digest: Digest) => sourceDigests(image, digest)[0] ?? digest,
      source: atSource.manifest,
      destination: destinations.manifest,
      usedUp: budgetCode,
      hasRoomFor: async (pulls: number) => pulls <= (await share.room()),
      cost: () => ({
        pulls: clients.reduce((sum, { counts }) => sum + counts.manifestGet, 0),
        allowed: share.most,
      }),
    },
    problems: (): readonly Problem[] => [
      ...run.problems(),
      ...destinations.problems(),
      ...sources.reports().flatMap(({ dropped }) => dropped ?? []),
    ],
    async close() {
      await Promise.all([sources.close(), destinations.close()]);
    },
  };
}

/** The share of a source's pulls; the source is asked by HEAD for its limit. */
async function openShare(
  context: Context,
  source: Source,
  run: RunBudget,
  probe: { readonly image: ImageName; readonly reference: Digest },
  part: number,
): Promise<PullShare> {
  const asking = openSourcesOf(context, source, run.allowance);
  try {
    await beginBudget(run, asking.client, source.namespace, probe);
    return await run.shareOf(part);
  } finally {
    await asking.close();
  }
}

/** Gives upstream's digests of what a lockfile has: others where an index is rewritten. */
export function sourceDigestsOf(lockfile: Pick<Lockfile, 'images'>): EvidencePlaces['sourceDigests'] {
  const known = new Map(
    lockfile.images.flatMap((image) =>
      lockedGroups(image).flatMap(({ digest, index }) =>
        index === undefined ? [] : [[`${image.image}@${digest}`, index.sources] as const],
      ),
    ),
  );
  return (image, digest) => known.get(`${image}@${digest}`) ?? [digest];
}

/** The destinations, asked one after another. Where a registry counts pulls there too, they keep to the same share. */
async function openDestinations(context: Context, { destinations, source, review }: Config) {
  const opened = await Promise.all(
    destinations.map(async (destination) => {
      const counts = isHub(destination.registry.host);
      const pulls = counts ? await hubShare(context, destination, source, review.share) : undefined;
      const client = openImpatient(context, destination, pulls === undefined ? {} : { pulls: pullGate(pulls) });
      return { destination, client, counts };
    }),
  );
  const registries: UpstreamRegistry[] = opened.map(({ destination: place, client }) =>
    upstreamRegistry({ place, client }, false),
  );
  const { manifest, problems } = firstOf(opened);
  return {
    counted: opened.filter(({ counts }) => counts).map(({ client }) => client),
    manifest,
    problems,
    place: (signal: AbortSignal): EvidencePlace => ({
      manifest,
      blob: (image, blob) => blobContent(image, blob, () => registries)(signal),
    }),
    async close() {
      await Promise.all(opened.map(({ client }) => client.close()));
    },
  };
}

async function hubShare(context: Context, { registry, namespace }: Destination, source: Source, part: number) {
  const isSame = isHub(source.registry.host);
  const place: Source = {
    ...{ registry, namespace, alternates: [] },
    ...(isSame && source.budget && { budget: source.budget }),
  };
  const run = await openBudget(context, place);
  await run.allowance.begin(undefined);
  return run.shareOf(part);
}

interface OpenDestination {
  readonly destination: Destination;
  readonly client: RegistryClient;
}

/** So many failures in a row are no accident. */
const mostFailures = 3;

/**
 * Reads manifests at the first destination that has them. A failure is thrown only where no other has it; a destination
 * that fails over and over is not asked any more, and its last failure stands for what it was not asked.
 */
function firstOf(places: readonly OpenDestination[]) {
  const failures = new Map<OpenDestination, { readonly count: number; readonly error: UserError }>();
  const isLeft = (place: OpenDestination) => (failures.get(place)?.count ?? 0) >= mostFailures;
  return {
    async manifest(image: ImageName, digest: Digest): Promise<Manifest | undefined> {
      let failure: UserError | undefined;
      for (const place of places) {
        if (isLeft(place)) {
          failure ??= failures.get(place)?.error;
          continue;
        }
        const repository = repositoryPath(place.destination.namespace, image);
        const tried = await attempt(() => place.client.get(repository, digest));
        if (tried.ok) failures.delete(place);
        else failures.set(place, { count: (failures.get(place)?.count ?? 0) + 1, error: tried.error });
        if (tried.ok && tried.value !== undefined) return tried.value;
        if (!tried.ok) failure ??= tried.error;
      }
      if (failure !== undefined) throw failure;
      return undefined;
    },
    problems: (): Problem[] =>
      places.filter(isLeft).flatMap((place) => {
        const problem = failures.get(place)?.error.problems[0];
        return problem === undefined ? [] : [leftOut(place.destination, problem)];
      }),
  };
}

function leftOut({ name }: Destination, problem: Problem): Problem {
  const message = `${name} failed over and over, and its old indexes are not read: ${problem.message}`;
  return { ...problem, code: 'evidence/destination', severity: 'warning', message };
}
