import { prunePolicyOf } from '../config/policy.ts';
import type { Config, Destination } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { durationText } from '../core/duration.ts';
import { repositoryPath, type Tag } from '../core/names.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { counted } from '../core/words.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import { findDropped } from '../prune/dropped.ts';
import { type Pruned, type PruneWork, pruneAt } from '../prune/prune-at.ts';
import { ceiling, type DroppedTag, type LockVersion, type PrunePorts } from '../prune/types.ts';
import { RegistryError } from '../registry/errors.ts';
import type { RegistryClient } from '../registry/types.ts';
import { type AppliedVersion, type LockHistory, openLockHistory } from '../session/applied.ts';
import { openDestination, openImpatient, withClient } from '../session/clients.ts';
import type { Context } from '../session/context.ts';
import { chooseDestinations } from '../session/destinations.ts';
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
  /** Whether nothing was deleted: it was not asked for, or not said that nobody else writes there. */
  readonly dryRun: boolean;
  /** Tags that left the lockfile and may be deleted later, the first ones first; the destination was not asked for them. */
  readonly later: readonly LaterTag[];
}

/** A tag that left, and from when on it may be deleted (ms since the epoch). */
export interface LaterTag extends DroppedTag {
  readonly from: number;
}

/** What was deleted, or would be, and what was to be. */
export interface PruneRun {
  readonly config: Config;
  readonly dryRun: boolean;
  /** The most tags that are deleted at a destination. */
  readonly most: number;
  readonly pruned: readonly PrunedAt[];
  readonly warnings: readonly Problem[];
}

/**
 * Deletes at the destinations what an earlier applied lockfile put there and today's does not name, where the policy says
 * so and it has been gone for long enough. Where a destination is not `exclusive`, it only says what it would delete.
 *
 * @throws UserError `prune/kept` where the policy keeps dropped tags, and as `openLockHistory` and `checkReviewed` do
 */
export async function runPrune(context: Context, options: PruneOptions): Promise<PruneRun> {
  const config = await openConfig(context);
  if (config.dropped === 'keep' && !options.dryRun) {
    const hint = 'Set `policy: {dropped: prune}`, or look at what it would delete with `--dry-run`.';
    throw problemError('prune/kept', '`policy.dropped` is `keep`: nothing may be deleted.', config.file, hint);
  }
  const destinations = chooseDestinations(config, options.destinations);
  const history = await openLockHistory(context);
  const { unreviewed = false } = options;
  const unmerged = options.dryRun ? [] : await checkReviewed(context, config, { unreviewed });
  const pruned: PrunedAt[] = [];
  for (const destination of destinations) {
    const dryRun = options.dryRun || destination.exclusive !== true;
    const { work, later } = await workAt(context, config, history, destination, dryRun);
    pruned.push({ destination, dryRun, later, result: await pruneWith(context, destination, work) });
  }
  const warnings = [
    ...unmerged,
    ...destinations.filter(({ name }) => history.applied(name).length === 0).map(noMarks),
    ...(options.dryRun ? [] : pruned.flatMap(notExclusive)),
  ];
  const most = ceiling(prunePolicyOf(config), lockedTags(history.current));
  return { config, dryRun: options.dryRun, most, pruned, warnings };
}

function noMarks({ name }: Destination): Problem {
  const message = 'Nothing says what was applied at this destination: no mark names it, and nothing is deleted there.';
  const hint =
    '`mirrorlock verify --mark` marks what is served, as rendered CI does with `ci.mark`; `git fetch --tags` brings marks.';
  return { code: 'prune/no-marks', severity: 'warning', message, value: name, hint };
}

const exclusiveHint = 'Write `exclusive: true` at the destination, if nobody else writes below its namespace.';

function notExclusive({ destination: { name, exclusive }, result }: PrunedAt): Problem[] {
  const count = result.deleted.length + result.waiting.length;
  if (exclusive === true || count === 0) return [];
  const message = `Others may write below this destination's namespace: ${counted(count, 'tag')} would be deleted, and none was.`;
  return [{ code: 'prune/not-exclusive', severity: 'warning', message, value: name, hint: exclusiveHint }];
}

/** What there is to do at a destination. */
async function workAt(
  context: Context,
  config: Config,
  { current, applied }: LockHistory,
  { name }: Destination,
  dryRun: boolean,
): Promise<{ work: PruneWork; later: LaterTag[] }> {
  const policy = prunePolicyOf(config);
  const now = context.now().getTime();
  const dropped = await findDropped(versionsOf(applied(name)), current);
  const work: PruneWork = {
    dropped: dropped.filter(({ left }) => left + policy.afterMs <= now),
    most: ceiling(policy, lockedTags(current)),
    wantedAt: wantedAt(current),
    dryRun,
  };
  const dated = dropped.map((tag): LaterTag => ({ ...tag, from: tag.left + policy.afterMs }));
  return { work, later: dated.filter(({ from }) => from > now) };
}

async function* versionsOf(applied: readonly AppliedVersion[]): AsyncGenerator<LockVersion> {
  for (const { commit, time, text } of applied) yield { commit, time, text: (await text()) ?? '\nimages:\n' };
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
  const read = await attempt(() => openLockHistory(context));
  if (!read.ok) return [{ ...read.problem, severity: 'warning' }];
  const looked = config.destinations.map(async (destination) => {
    const looking = await attempt(async () => {
      const { work } = await workAt(context, config, read.value, destination, true);
      return work.dropped.length === 0 ? undefined : pruneWith(context, destination, work, openImpatient);
    });
    if (!looking.ok) return [{ ...looking.problem, severity: 'warning' as const }];
    if (looking.value === undefined) return [];
    const { deleted, waiting, failures } = looking.value;
    const count = deleted.length + waiting.length;
    const problems = failures.map(({ problem }) => ({ ...problem, severity: 'warning' as const }));
    return count === 0 ? problems : [waitingNote(config, destination, count), ...problems];
  });
  return (await Promise.all(looked)).flat();
}

function waitingNote(config: Config, { name, exclusive }: Destination, count: number): Problem {
  const tags = count === 1 ? '1 tag that' : `${count} tags that`;
  const after = durationText(prunePolicyOf(config).afterMs);
  const message = `${tags} left the lockfile more than ${after} ago ${count === 1 ? 'waits' : 'wait'} for prune.`;
  const hint = exclusive === true ? 'Run `mirrorlock prune`.' : exclusiveHint;
  return { code: 'prune/waiting', severity: 'warning', message, value: name, hint };
}
