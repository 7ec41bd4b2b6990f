import type { DeepLook } from '../apply/deep/look.ts';
import type { ApplyResult, GroupFailure, PlaceReport } from '../apply/types.ts';
import type { Config, Destination } from '../config/types.ts';
import type { ImageName } from '../core/names.ts';
import type { Problem, UserError } from '../core/problem.ts';
import { type LockedImage, lockedGroups, tagDigests } from '../lock/types.ts';
import { withBackups } from '../plan/backup.ts';
import type { Estimate } from '../plan/budget/types.ts';
import { look } from '../plan/look.ts';
import { makePlan } from '../plan/plan.ts';
import type { GroupState } from '../plan/types.ts';
import type { RegistryClient } from '../registry/types.ts';
import { applyPlanWithin, type WithinOptions } from './apply-within.ts';
import type { Context } from './context.ts';
import { type DeepReport, deepReport, type LimitedDestination, openDeepLook, openLimited } from './deep.ts';
import { knock } from './knock.ts';
import { byteTeller, rememberLast } from './last-progress.ts';
import { type OpenSources, openSourcesOf, type SourcesOptions } from './sources.ts';
import { headDigest } from './target.ts';
import { withTransfer } from './transfer.ts';

/** Requests that an apply made. */
export interface Requests {
  /** Of the source itself. */
  readonly source: { readonly countedPulls: number; readonly heads: number };
  readonly destination: { readonly heads: number; readonly gets: number; readonly puts: number };
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

export interface ApplyAtOptions
  extends Pick<WithinOptions, 'run' | 'company' | 'awaitPulls'>,
    Pick<SourcesOptions, 'shared'> {
  /** Transfers side by side; a function where that changes. */
  readonly jobs: number | (() => number);
  readonly maxWaitMs: number;
  /** Whether to look deep first, and put again what is damaged. */
  readonly deep: boolean;
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
  const common = shared === undefined ? {} : { shared };
  const sources = openSourcesOf(context, config.source, allowance, { store, maxWaitMs, peers, ...common });
  const limited = await openLimited(context, destination, config, run);
  const { client } = limited;
  const progress = rememberLast(context.progress);
  try {
    const unseen: GroupFailure[] = [];
    const head = headDigest(client, destination.namespace);
    const notSeen = (image: LockedImage, error: UserError) => unseen.push(...failedGroups(image, error));
    const { head: headOnce, silence } = await knock(head, images);
    if (silence !== undefined) for (const image of images) notSeen(image, silence);
    const states = await look(silence === undefined ? images : [], headOnce, progress, notSeen);
    const deep = options.deep ? openDeepLook(client, destination, 'heads', progress) : undefined;
    const looked = deep && (await lookDeep(deep, limited, states, images, notSeen));
    const lockedTags = new Map(images.map((image) => [image.image, new Set<string>(tagDigests(image).keys())]));
    const { plan, problems } = withBackups(
      makePlan(looked?.states ?? states),
      config.backup,
      (image) => lockedTags.get(image) ?? new Set(),
    );
    const transfer = {
      sources,
      destination,
      client,
      states,
      jobs: options.jobs,
      ...byteTeller(progress),
      ...(deep && { deep }),
    };
    const { result, waits, again } = await withTransfer(context, transfer, async (ports, gaveAgain) => {
      const { company, awaitPulls } = options;
      const within = { run, client: sources.client, namespace: config.source.namespace, head, company, awaitPulls };
      return { ...(await applyPlanWithin(plan, ports, within, progress)), again: gaveAgain() };
    });
    const all = { ...result, failures: [...unseen, ...result.failures] };
    const requests = countRequests(sources, client);
    const reports = [...(again.bytes > 0 ? [again] : []), ...sources.reports()];
    const report = looked && { deep: looked.report };
    return { result: all, requests, sources: reports, problems, ...report, ...(waits === undefined ? {} : { waits }) };
  } finally {
    await Promise.all([sources.close(), client.close()]);
  }
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
  const { manifestHead, manifestGet, manifestPut } = destination.counts;
  return {
    source: { countedPulls: client.counts.manifestGet, heads: client.counts.manifestHead },
    destination: { heads: manifestHead, gets: manifestGet, puts: manifestPut },
  };
}
