import { transferQueue } from '../../apply/blobs/queue.ts';
import { contentDamage, headDamage } from '../../apply/deep/blob-damage.ts';
import { type DeepCounts, type DeepLook, deepLook } from '../../apply/deep/look.ts';
import { pullGate } from '../../apply/source/pull-gate.ts';
import type { Config, Destination, Source } from '../../config/types.ts';
import { repositoryPath } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import type { Progress } from '../../core/progress.ts';
import { counted } from '../../core/words.ts';
import { isHub } from '../../registry/hub.ts';
import type { RegistryClient } from '../../registry/types.ts';
import { openDestination } from '../../session/clients.ts';
import { byteTeller, type Context, rememberLast } from '../../session/context.ts';
import { openBudget, type RunBudget } from '../../session/source-session.ts';

/** How deep a look is: manifests and blobs by HEAD, or the bytes of blobs too. */
export type Depth = 'heads' | 'content';

/** How many blobs are read side by side. */
const readAtOnce = 8;

/** Looks deep at a destination. @param progress told of manifests, and of bytes of blobs that are read */
export function openDeepLook(
  client: RegistryClient,
  { namespace }: Pick<Destination, 'namespace'>,
  depth: Depth,
  progress: Progress,
): DeepLook {
  const queue = transferQueue(readAtOnce);
  const remembering = rememberLast(progress);
  const { onBytes, onExpected } = byteTeller(remembering);
  return deepLook(
    {
      get: (image, digest) => client.get(repositoryPath(namespace, image), digest),
      async blobDamage(image, blob) {
        const repository = repositoryPath(namespace, image);
        const seen = await headDamage(client, repository, blob);
        if (depth === 'heads' || seen !== undefined) return seen;
        onExpected(blob.size);
        return contentDamage(client, repository, blob, queue, onBytes);
      },
    },
    remembering,
  );
}

/** A destination whose GETs of manifests keep to a pull limit. */
export interface LimitedDestination {
  readonly client: RegistryClient;
  /** Takes what the destination has told so far, before many GETs. */
  begin(): Promise<void>;
  /** Whether its GETs of manifests are counted pulls. */
  countsPulls(): boolean;
}

/**
 * A client for a destination that keeps to the pull limit that its registry tells, as that of the source does. The Docker
 * Hub counts there too, and both share one budget where the account is the same.
 *
 * @param open how the client is opened; absent: to be read only
 * @param own the budget of the run at the source
 */
export async function openLimited(
  context: Context,
  destination: Destination,
  { source }: Config,
  { open = openDestination, own }: { readonly open?: typeof openDestination; readonly own?: RunBudget } = {},
): Promise<LimitedDestination> {
  const { registry, namespace } = destination;
  const isSame = registry.host === source.registry.host && isHub(registry.host);
  const place: Source = {
    registry,
    namespace,
    alternates: [],
    ...(isSame && source.budget && { budget: source.budget }),
  };
  const { allowance } = isSame && own !== undefined ? own : await openBudget(context, place);
  const client = open(context, destination, { pulls: pullGate(allowance) });
  return {
    client,
    begin: () => allowance.begin(client.pullLimit),
    countsPulls: () => isHub(registry.host) || client.pullLimit !== undefined,
  };
}

/** What a deep look at a destination took. */
export interface DeepReport extends DeepCounts {
  readonly content: boolean;
  /** GETs of manifests at the destination. */
  readonly gets: number;
  /** The same, where its registry counts them as pulls. */
  readonly countedPulls?: number;
}

/** @param before how many manifests the client had read before the look */
export function deepReport(
  counts: DeepCounts,
  depth: Depth,
  { client, countsPulls }: LimitedDestination,
  before: number,
): DeepReport {
  const gets = client.counts.manifestGet - before;
  return { ...counts, content: depth === 'content', gets, ...(countsPulls() ? { countedPulls: gets } : {}) };
}

/** In words, after what was found. */
export function deepText({ manifests, blobs, content, countedPulls }: DeepReport): string {
  const pulls = countedPulls === undefined ? '' : `, ${counted(countedPulls, 'counted pull')} at the destination`;
  return `looked deep at ${counted(manifests, 'manifest')} and ${content ? 'the bytes of ' : ''}${counted(blobs, 'blob')}${pulls}`;
}

/** A look that the pull limit of the destination has ended early; none where it has not. */
export function unreadProblems({ name }: Destination, { unread }: DeepCounts): Problem[] {
  if (unread === 0) return [];
  const message = `${counted(unread, 'manifest')} at ${name} ${unread === 1 ? 'was' : 'were'} not read: its pull limit is reached.`;
  const hint = 'Run it again later, or for a part of the images at a time (`--image`, `--shard`).';
  return [{ code: 'verify/budget', severity: 'warning', message, hint }];
}
