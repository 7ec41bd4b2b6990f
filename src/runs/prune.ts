import { prunePolicyOf } from '../config/policy.ts';
import type { Config, Destination } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { durationText } from '../core/duration.ts';
import { repositoryPath, type Tag } from '../core/names.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import { findDropped } from '../prune/dropped.ts';
import { type Pruned, type PruneWork, pruneAt } from '../prune/prune-at.ts';
import { ceiling, type PrunePorts } from '../prune/types.ts';
import { RegistryError } from '../registry/errors.ts';
import type { RegistryClient } from '../registry/types.ts';
import { openDestination, openImpatient, withClient } from '../session/clients.ts';
import type { Context } from '../session/context.ts';
import { chooseDestinations } from '../session/destinations.ts';
import { openLockHistory } from '../session/merged.ts';
import { checkReviewed, type ReviewChoice } from '../session/reviewed.ts';
import { headDigest } from '../session/selection.ts';
import { openConfig } from '../session/workspace.ts';

export interface PruneOptions extends Pick<ReviewChoice, 'unreviewed'> {
  readonly destinations?: readonly string[];
  readonly dryRun: boolean;
}

export interface PrunedAt {
  readonly destination: Destination;
  readonly result: Pruned;
}

/** What was deleted, or would be, and what was to be. */
export interface PruneRun {
  readonly config: Config;
  readonly work: PruneWork;
  readonly pruned: readonly PrunedAt[];
  readonly warnings: readonly Problem[];
}

/**
 * Deletes at the destinations what an earlier merged lockfile put there and today's does not name, where the policy says
 * so and it has been gone for long enough.
 *
 * @throws UserError `prune/kept` where the policy keeps dropped tags, and as `openLockHistory` does
 */
export async function runPrune(context: Context, options: PruneOptions): Promise<PruneRun> {
  const config = await openConfig(context);
  if (config.dropped === 'keep' && !options.dryRun) {
    const hint = 'Set `policy: {dropped: prune}`, or look at what it would delete with `--dry-run`.';
    throw problemError('prune/kept', '`policy.dropped` is `keep`: nothing may be deleted.', config.file, hint);
  }
  const destinations = chooseDestinations(config, options.destinations);
  const work = await openWork(context, config, options.dryRun);
  const { unreviewed = false } = options;
  const warnings = options.dryRun ? [] : await checkReviewed(context, config, { unreviewed });
  const pruned: PrunedAt[] = [];
  for (const destination of destinations) {
    pruned.push({ destination, result: await pruneWith(context, destination, work) });
  }
  return { config, work, pruned, warnings };
}

/** What there is to do at each destination. Throws as `openLockHistory` does. */
async function openWork(context: Context, config: Config, dryRun: boolean): Promise<PruneWork> {
  const { current, versions } = await openLockHistory(context);
  const policy = prunePolicyOf(config);
  const now = context.now().getTime();
  return {
    dropped: (await findDropped(versions(), current)).filter(({ left }) => left + policy.afterMs <= now),
    most: ceiling(policy, lockedTags(current)),
    wantedAt: wantedAt(current),
    dryRun,
  };
}

function pruneWith(
  context: Context,
  destination: Destination,
  work: PruneWork,
  open: typeof openImpatient = openDestination,
): Promise<Pruned> {
  return withClient(context, destination, (client) => pruneAt(work, portsOf(client, destination)), open);
}

/**
 * What a destination is asked for. A registry that deletes no tags, or nothing, says 400 or 405 (OCI distribution spec,
 * "Content Management"); others say 404 or 202, and the tag is still there.
 */
function portsOf(client: RegistryClient, { namespace }: Destination): PrunePorts {
  const at = (image: string) => repositoryPath(namespace, image);
  return {
    listTags: (image) => client.listTags(at(image)),
    head: headDigest(client, namespace),
    get: (image, digest) => client.get(at(image), digest),
    put: (image, tag, manifest) => client.put(at(image), tag, manifest),
    async remove(image, reference) {
      try {
        return (await client.delete(at(image), reference)) ? 'deleted' : 'absent';
      } catch (error) {
        if (error instanceof RegistryError && deletesNot(error, reference)) return 'unsupported';
        throw error;
      }
    },
  };
}

function deletesNot({ kind, status = 0 }: RegistryError, reference: string): boolean {
  if (status === 400 || status === 405) return true;
  return kind === 'refused' && !reference.includes(':') && (status === 404 || status < 300);
}

function lockedTags(lockfile: Lockfile): number {
  return lockfile.images.flatMap(lockedGroups).reduce((sum, { tags }) => sum + tags.length, 0);
}

function wantedAt(lockfile: Lockfile): PruneWork['wantedAt'] {
  const tags = new Map<string, readonly Tag[]>();
  for (const image of lockfile.images) {
    for (const group of lockedGroups(image)) tags.set(`${image.image}@${group.digest}`, group.tags);
  }
  return (image, digest) => tags.get(`${image}@${digest}`) ?? [];
}

/**
 * What apply says of tags that are to be pruned: how many left the lockfile long enough ago and are still at a destination.
 * Where that cannot be found out, it says why.
 */
export async function pruneNotes(context: Context, config: Config): Promise<Problem[]> {
  if (config.dropped === 'keep') return [];
  const read = await attempt(() => openWork(context, config, true));
  if (!read.ok) return [{ ...read.problem, severity: 'warning' }];
  const work = read.value;
  if (work.dropped.length === 0) return [];
  const looked = config.destinations.map(async (destination) => {
    const looking = await attempt(() => pruneWith(context, destination, work, openImpatient));
    if (!looking.ok) return [{ ...looking.problem, severity: 'warning' as const }];
    const { deleted, waiting, failures } = looking.value;
    const count = deleted.length + waiting.length;
    const problems = failures.map(({ problem }) => ({ ...problem, severity: 'warning' as const }));
    return count === 0 ? problems : [waitingNote(config, destination, count), ...problems];
  });
  return (await Promise.all(looked)).flat();
}

function waitingNote(config: Config, { name }: Destination, count: number): Problem {
  const tags = count === 1 ? '1 tag that' : `${count} tags that`;
  const after = durationText(prunePolicyOf(config).afterMs);
  const message = `${tags} left the lockfile more than ${after} ago ${count === 1 ? 'waits' : 'wait'} for prune.`;
  return { code: 'prune/waiting', severity: 'warning', message, value: name, hint: 'Run `mirrorlock prune`.' };
}
