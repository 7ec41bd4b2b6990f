import type { DeepLook } from '../../apply/deep/look.ts';
import type { ApplyPorts, ApplyResult, GroupFailure, PlaceReport } from '../../apply/types.ts';
import type { Config, Destination } from '../../config/types.ts';
import { attempt } from '../../core/attempt.ts';
import { defined } from '../../core/defined.ts';
import type { ImageName } from '../../core/names.ts';
import type { Problem, UserError } from '../../core/problem.ts';
import { type LockedImage, lockedGroups } from '../../lock/types.ts';
import type { Estimate } from '../../plan/budget.ts';
import { look } from '../../plan/look.ts';
import { makePlan } from '../../plan/plan.ts';
import type { GroupState, HeadDigest } from '../../plan/types.ts';
import { isOfConnection, RegistryError } from '../../registry/errors.ts';
import { isHub } from '../../registry/hub.ts';
import type { RegistryClient, RequestCounts } from '../../registry/types.ts';
import { openWritable } from '../../session/clients.ts';
import { byteTeller, type Context, rememberLast } from '../../session/context.ts';
import type { EarlierLockfiles } from '../../session/earlier.ts';
import { headDigest } from '../../session/selection.ts';
import { type OpenSources, openSourcesOf, type SourcesOptions } from '../../session/source-session.ts';
import { planBackups } from './backups.ts';
import { type DeepReport, deepReport, type LimitedDestination, openDeepLook, openLimited } from './deep.ts';
import { withTransfer } from './transfer.ts';
import { applyPlanWithin, type WithinOptions } from './within.ts';

/** Requests that an apply made. */
interface Requests {
  /** Of the source itself. */
  readonly source: { readonly countedPulls: number; readonly heads: number };
  readonly destination: DestinationRequests;
}

/** Requests to a destination, each try counted: of manifests, of blobs, and all of them. */
interface DestinationRequests {
  readonly heads: number;
  readonly gets: number;
  readonly puts: number;
  readonly blobHeads: number;
  /** POSTs that mounted, or were to mount. */
  readonly mounts: number;
  /** POST, PATCH, PUT and DELETE of uploads. */
  readonly uploads: number;
  readonly total: number;
}

/** What was done at one destination, and what it took. */
export interface AppliedAt {
  readonly result: ApplyResult;
  readonly requests: Requests;
  /** The alternates and the source, in the order in which they are asked; before them the destination, where it gave layers that it does not mount. */
  readonly sources: readonly PlaceReport[];
  /** What is not as the policy has it, such as a name under which nothing can be kept. */
  readonly problems: readonly Problem[];
  /** What a deep look took; absent: there was none. */
  readonly deep?: DeepReport;
  /** What waits for a later run will take. */
  readonly waits?: Estimate;
}

interface ApplyAtOptions
  extends Pick<WithinOptions, 'run' | 'coordinator' | 'awaitPulls'>,
    Pick<SourcesOptions, 'shared'> {
  /** Transfers side by side; a function where that changes. */
  readonly jobs: number | (() => number);
  readonly maxWaitMs: number;
  /** Whether to look deep first, and put again what is damaged. */
  readonly deep: boolean;
  /** The skopeo to copy with; absent: copies are made directly. */
  readonly skopeo?: string | undefined;
  /** What was merged before. */
  readonly earlier: EarlierLockfiles;
  /** Destinations in the same registry that were applied before: what they have is not asked of the source. */
  readonly peers: readonly Destination[];
}

/** Looks at one destination, plans, and carries the plan out. */
export async function applyAt(
  context: Context,
  config: Config,
  destination: Destination,
  images: readonly LockedImage[],
  options: ApplyAtOptions,
): Promise<AppliedAt> {
  const { run, maxWaitMs, peers, shared } = options;
  const { allowance, store } = run;
  const common = defined({ shared });
  const sources = openSourcesOf(context, config.source, allowance, { store, maxWaitMs, peers, ...common });
  const limited = await openLimited(context, destination, config, { open: openWritable, own: run });
  const { client } = limited;
  const progress = rememberLast(context.progress);
  try {
    const unseen: GroupFailure[] = [];
    const head = headDigest(client, destination.namespace);
    const notSeen = (image: LockedImage, error: UserError) => unseen.push(...failedGroups(image, error));
    const { head: headOnce, silence } = await probeReachable(head, images);
    if (silence !== undefined) for (const image of images) notSeen(image, silence);
    const states = await look(silence === undefined ? images : [], headOnce, progress, notSeen);
    const deep = options.deep ? openDeepLook(client, destination, 'heads', progress) : undefined;
    const looked = deep && (await lookDeep(deep, limited, states, images, notSeen));
    const planned = makePlan(looked?.states ?? states);
    const { plan, problems } = await planBackups(planned, config.backup, images, headOnce, options.earlier);
    const policies: Problem[] = [];
    const skopeo = options.skopeo && {
      ...{ program: options.skopeo, source: config.source },
      onWarnings: (warnings: readonly Problem[]) => policies.push(...warnings),
    };
    const transfer = {
      sources,
      knows: knownTo(sources, options.earlier),
      destination,
      client,
      states,
      jobs: options.jobs,
      ...byteTeller(progress),
      ...(deep && { deep }),
      ...(skopeo && { skopeo }),
    };
    const { result, waits, again } = await withTransfer(context, transfer, async (ports, gaveAgain) => {
      const { coordinator, awaitPulls } = options;
      const within = { run, client: sources.client, namespace: config.source.namespace, head, coordinator, awaitPulls };
      return { ...(await applyPlanWithin(plan, ports, within, progress)), again: gaveAgain() };
    });
    const all = { ...result, failures: [...unseen, ...result.failures] };
    const requests = countRequests(sources, client);
    const reports = [...(again.bytes > 0 ? [again] : []), ...sources.reports()];
    const report = looked && { deep: looked.report };
    return {
      result: all,
      requests,
      sources: reports,
      problems: [...problems, ...policies],
      ...report,
      ...defined({ waits }),
    };
  } finally {
    await Promise.all([sources.close(), client.close()]);
  }
}

/** Asks the source and its alternates, and the history of the lockfile, which also knows what upstream has deleted. */
function knownTo(sources: OpenSources, earlier: EarlierLockfiles): NonNullable<ApplyPorts['knows']> {
  return async (image, digest) => {
    const asked = await attempt(() => sources.knows(image, digest));
    if ((asked.ok && asked.value) || (await earlier.vouches(image, digest))) return true;
    if (!asked.ok) throw asked.error;
    return false;
  };
}

/** Looks deep at what is there; an image that cannot be looked at is passed to `notSeen`, and left out. */
async function lookDeep(
  deep: DeepLook,
  limited: LimitedDestination,
  states: readonly GroupState[],
  images: readonly LockedImage[],
  notSeen: (image: LockedImage, error: UserError) => void,
) {
  await limited.begin();
  const before = limited.client.counts.manifestGet;
  const unseen = new Map<ImageName, UserError>();
  const found = await deep.groups(states, (image, error) => unseen.set(image, error));
  for (const image of images) {
    const error = unseen.get(image.image);
    if (error !== undefined) notSeen(image, error);
  }
  const rest = found.states.filter(({ image }) => !unseen.has(image));
  return { states: rest, report: deepReport(found.counts, 'heads', limited, before) };
}

/** The groups of an image, where the destination does not let us look at it: nothing is done about them. */
export function failedGroups(image: LockedImage, { problems: [problem] }: UserError): GroupFailure[] {
  if (problem === undefined) return [];
  return lockedGroups(image).map(({ digest, tags }) => ({ image: image.image, digest, tags, problem }));
}

function countRequests({ client }: OpenSources, destination: RegistryClient): Requests {
  return {
    source: { countedPulls: client.counts.manifestGet + pullsAt(destination), heads: client.counts.manifestHead },
    destination: destinationRequests(destination.counts),
  };
}

/** @param counts absent: nothing was asked */
export function destinationRequests(counts: Partial<RequestCounts> = {}): DestinationRequests {
  const { manifestHead = 0, manifestGet = 0, manifestPut = 0, blobHead = 0, blobMount = 0, blobUpload = 0 } = counts;
  return {
    ...{ heads: manifestHead, gets: manifestGet, puts: manifestPut },
    ...{ blobHeads: blobHead, mounts: blobMount, uploads: blobUpload },
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
  };
}

/** A GET of a manifest at a destination on the Hub is a pull as well. */
function pullsAt({ address, counts }: RegistryClient): number {
  return isHub(address.host) ? counts.manifestGet : 0;
}

/** A destination that was asked one thing. */
interface Knocked {
  /** Asks the destination; what it has told already is not asked again. */
  readonly head: HeadDigest;
  /** Nobody is there: there is no use in asking more. */
  readonly silence?: UserError;
}

/**
 * Asks a destination for the first tag before it is asked for thousands: a registry that cannot be reached is found out by
 * the tries of one request, and not of each.
 */
export async function probeReachable(head: HeadDigest, images: readonly LockedImage[]): Promise<Knocked> {
  const [first] = images.flatMap((image) =>
    lockedGroups(image).flatMap(({ tags }) => tags.map((tag) => ({ image: image.image, tag }))),
  );
  if (first === undefined) return { head };
  try {
    const told = await head(first.image, first.tag);
    return {
      head: async (image, reference) =>
        image === first.image && reference === first.tag ? told : head(image, reference),
    };
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return isOfConnection(error) ? { head, silence: error } : { head };
  }
}
