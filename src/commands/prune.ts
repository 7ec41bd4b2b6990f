import { prunePolicyOf } from '../config/policy.ts';
import type { Config, Destination } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { byCause, someOf } from '../core/causes.ts';
import { durationText } from '../core/duration.ts';
import { ExitCode } from '../core/exit-code.ts';
import { repositoryPath, type Tag } from '../core/names.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import { findDropped } from '../prune/dropped.ts';
import { type Pruned, type PruneWork, pruneAt } from '../prune/prune-at.ts';
import { ceiling, type DroppedTag, type PrunePorts } from '../prune/types.ts';
import { RegistryError } from '../registry/errors.ts';
import type { RegistryClient } from '../registry/types.ts';
import { openDestination, openImpatient, withClient } from '../session/clients.ts';
import type { Context, Outcome } from '../session/context.ts';
import { chooseDestinations, destinationText } from '../session/destinations.ts';
import { openLockHistory } from '../session/mirror-repository.ts';
import { headDigest } from '../session/selection.ts';
import { openConfig } from '../session/workspace.ts';

export interface PruneOptions {
  readonly destinations?: readonly string[];
  readonly dryRun: boolean;
}

/**
 * Deletes at the destinations what an earlier merged lockfile put there and today's does not name, where the policy says
 * so and it has been gone for long enough. Exit code 1 where something could not be deleted, 4 where more waits.
 *
 * @throws UserError `prune/kept` where the policy keeps dropped tags, and as `openLockHistory` does
 */
export async function prune(context: Context, options: PruneOptions): Promise<Outcome> {
  const config = await openConfig(context);
  if (config.dropped === 'keep' && !options.dryRun) {
    const hint = 'Set `policy: {dropped: prune}`, or look at what it would delete with `--dry-run`.';
    throw problemError('prune/kept', '`policy.dropped` is `keep`: nothing may be deleted.', config.file, hint);
  }
  const destinations = chooseDestinations(config, options.destinations);
  const work = await openWork(context, config, options.dryRun);
  const pruned: PrunedAt[] = [];
  for (const destination of destinations) {
    pruned.push({ destination, result: await pruneWith(context, destination, work) });
  }
  return outcomeOf(config, work, pruned);
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

interface PrunedAt {
  readonly destination: Destination;
  readonly result: Pruned;
}

function outcomeOf(config: Config, { most, dryRun }: PruneWork, pruned: readonly PrunedAt[]): Outcome {
  const failures = pruned.flatMap(({ destination, result }) => failureProblems(destination, result));
  const isWaiting = pruned.some(({ result }) => result.waiting.length > 0);
  return {
    exitCode: failures.length > 0 ? ExitCode.failed : isWaiting ? ExitCode.budget : ExitCode.done,
    text: pruned.map((one) => prunedText(one, dryRun)).join('\n'),
    json: {
      schema: 'mirrorlock/prune/v1',
      dryRun,
      afterSeconds: prunePolicyOf(config).afterMs / 1_000,
      ceiling: most,
      destinations: pruned.map(({ destination: { name }, result }) => ({
        name,
        deleted: result.deleted.map(tagJson),
        kept: result.kept.map(tagJson),
        waiting: result.waiting.map(tagJson),
        failures: result.failures.map(({ tags, problem }) => ({ tags: tags.map(tagJson), problem })),
      })),
      warnings: config.warnings,
    },
    problems: [...config.warnings, ...failures],
  };
}

/** A tag with the day on which it left, in place of milliseconds. */
function tagJson<One extends DroppedTag>({ left, ...tag }: One) {
  return { ...tag, left: new Date(left).toISOString() };
}

function prunedText({ destination, result }: PrunedAt, dryRun: boolean): string {
  const { deleted, kept, waiting } = result;
  const name = ({ image, tag }: DroppedTag) => `${image}:${tag}`;
  const rest = waiting.length === 0 ? '' : `, ${waiting.length} wait for the next run`;
  return [
    `${destinationText(destination)}: ${deleted.length} tags ${dryRun ? 'would be ' : ''}deleted, ${kept.length} kept${rest}`,
    ...deleted.map((tag) => `  ${dryRun ? 'delete ' : 'deleted'}  ${name(tag)}  left ${day(tag)}`),
    ...kept.map(
      (tag) => `  kept     ${name(tag)}  ${tag.reason === 'moved' ? 'has another digest now' : `${tag.by} uses it`}`,
    ),
    ...waiting.map((tag) => `  waits    ${name(tag)}  left ${day(tag)}`),
  ].join('\n');
}

function day({ left }: DroppedTag): string {
  return new Date(left).toISOString().slice(0, 10);
}

/** What could not be deleted at a destination: each cause once, with the tags that it kept. */
function failureProblems({ name }: Destination, { failures }: Pruned): Problem[] {
  const about = ({ tags, problem }: Pruned['failures'][number]) => ({
    problem,
    names: tags.map(({ image }) => image),
    tags: tags.map(({ tag }) => tag),
  });
  return byCause(failures, about).map(({ problem, stopped }) => {
    const tags = stopped.flatMap((failure) => failure.tags).map(({ image, tag }) => `${image}:${tag}`);
    const count = stopped.length > 1 ? `${tags.length} tags (${someOf(tags)})` : tags.join(', ');
    return { ...problem, message: `${count} at ${name}: ${problem.message}` };
  });
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
