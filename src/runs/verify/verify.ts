import type { Config, Destination } from '../../config/types.ts';
import { repositoryPath } from '../../core/names.ts';
import { type Problem, UserError } from '../../core/problem.ts';
import { type LockedImage, tagDigests } from '../../lock/types.ts';
import { backupNames } from '../../plan/backup.ts';
import type { RegistryClient } from '../../registry/types.ts';
import type { Context } from '../../session/context.ts';
import { atEach, chooseDestinations, destinationProblems, failuresJson } from '../../session/destinations.ts';
import { lockfileAt } from '../../session/locked.ts';
import { type Target, targetImages } from '../../session/selection.ts';
import { openConfig } from '../../session/workspace.ts';
import { type Drift, findBroken, findDrift, findExtra } from '../../verify/drift.ts';
import { type Depth, deepReport, openDeepLook, openLimited, unreadProblems } from '../apply/deep.ts';
import { lookAt, ofOneImage, type Unseen, unseenProblems } from '../apply/look-at.ts';
import { type Followed, prepareVerdict, type VerdictOptions, type Verified } from './follow-up.ts';

export interface VerifyOptions extends Target, VerdictOptions {
  /** Lists the destination's tags as well, to find those that the lockfile does not name. */
  readonly extra: boolean;
  /** Reads each manifest and asks for each blob as well, or reads blobs too. */
  readonly deep?: Depth;
}

/** What was found, and what was done about it. */
export interface VerifyRun {
  /** What the lockfile names, of the images that were asked for. */
  readonly images: readonly LockedImage[];
  readonly results: readonly Verified[];
  readonly warnings: readonly Problem[];
  readonly followed: Followed;
  /** Whether pulls did not suffice to look at all of it. */
  readonly isPart: boolean;
}

/**
 * Compares each destination with the lockfile only by HEAD, or deep. Unreachable destinations and images
 * are reported and skipped. Where asked to, it marks the commit as served when there is no drift, and keeps an issue on the
 * forge while there is some.
 */
export async function runVerify(context: Context, options: VerifyOptions): Promise<VerifyRun> {
  const config = await openConfig(context);
  const { lockfile, unwanted, warnings: stale } = await lockfileAt(context, config, options.at);
  const images = targetImages(lockfile, options);
  const destinations = chooseDestinations(config, options.destinations);
  const verdict = await prepareVerdict(context, options);
  try {
    const { done, failures } = await atEach(destinations, (destination) =>
      verifyAt(context, config, destination, images, options),
    );
    const results: Verified[] = done.map(({ destination, value }) => ({ destination, ...value }));
    const unread = results.flatMap(({ destination, deep }) => (deep ? unreadProblems(destination, deep) : []));
    // What could not be looked at is neither served nor drift.
    const unseen = [
      ...destinationProblems(failures, `was ${notCompared}`),
      ...results.flatMap((result) => unseenProblems(result.destination, result.unseen, notCompared)),
    ];
    const followed =
      unseen.length > 0
        ? { problems: unseen, lines: [], json: failuresJson(failures) }
        : unread.length > 0
          ? { problems: [], lines: [], json: {} }
          : await verdict.follow(results);
    return {
      images,
      results,
      followed,
      warnings: [...config.warnings, ...unwanted.map(asWarning), ...stale, ...unread],
      isPart: unread.length > 0,
    };
  } finally {
    await verdict.close();
  }
}

const asWarning = (problem: Problem): Problem => ({ ...problem, severity: 'warning' });

const notCompared = 'not compared with the lockfile';

async function verifyAt(
  context: Context,
  config: Config,
  destination: Destination,
  images: readonly LockedImage[],
  { extra, deep }: VerifyOptions,
): Promise<Omit<Verified, 'destination'>> {
  const repositoryOf = (image: string) => repositoryPath(destination.namespace, image);
  const limited = await openLimited(context, destination, config);
  const { client } = limited;
  try {
    const { states, unseen } = await lookAt(client, destination, images, context.progress);
    const notSeen = new Set(unseen.map(({ image }) => image));
    const listed = extra ? images.filter(({ image }) => !notSeen.has(image)) : [];
    const found = await Promise.all(listed.map((image) => extraAt(client, destination, image, config.backup)));
    const common = {
      tags: states.reduce((sum, { tags }) => sum + tags.length, 0),
      drift: [...findDrift(states, repositoryOf), ...found.flatMap((one) => one.extra)],
      unseen: [...unseen, ...found.flatMap((one) => one.unseen)],
    };
    if (deep === undefined) return common;
    await limited.begin();
    const before = client.counts.manifestGet;
    const { damage, counts } = await openDeepLook(client, destination, deep, context.progress).groups(states);
    const broken = findBroken(damage, repositoryOf);
    return { ...common, drift: [...common.drift, ...broken], deep: deepReport(counts, deep, limited, before) };
  } finally {
    await client.close();
  }
}

/** The tags of an image at a destination that the lockfile does not name, or why they could not be listed. */
async function extraAt(
  client: RegistryClient,
  { namespace }: Destination,
  locked: LockedImage,
  backup: string | undefined,
): Promise<{ readonly extra: readonly Drift[]; readonly unseen: readonly Unseen[] }> {
  const { image } = locked;
  try {
    const tags = await client.listTags(repositoryPath(namespace, image));
    const known = [...tagDigests(locked).keys()];
    return { extra: findExtra(image, new Set([...known, ...backupNames(backup, known)]), tags), unseen: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { extra: [], unseen: [{ image, problem: ofOneImage(error) }] };
  }
}
