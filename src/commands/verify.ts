import type { Config, Destination } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import { repositoryPath } from '../core/repository-path.ts';
import { type LockedImage, tagDigests } from '../lock/types.ts';
import { backupNames } from '../plan/backup.ts';
import { look } from '../plan/look.ts';
import { summarizeDrift } from '../review/summary.ts';
import { findBroken, findDrift, findExtra } from '../verify/drift.ts';
import type { Context, Outcome } from './context.ts';
import { type Depth, deepReport, openDeepLook, openLimited, unreadProblems } from './deep.ts';
import { chooseDestinations } from './destinations.ts';
import { atEach, destinationProblems } from './each-destination.ts';
import { openLocked } from './locked.ts';
import { summaryOf } from './summary.ts';
import { headDigest, type Target, targetImages } from './target.ts';
import { type Followed, prepareVerdict, type VerdictOptions } from './verdict.ts';
import { driftAt, type Verified, verifyText } from './verify-text.ts';
import { openConfig } from './workspace.ts';

export interface VerifyOptions extends Target, VerdictOptions {
  /** Lists the destination's tags as well, to find those that the lockfile does not name. */
  readonly extra: boolean;
  /** Reads each manifest and asks for each blob as well, or reads blobs too. */
  readonly deep?: Depth;
}

/**
 * Compares each destination with the lockfile by HEAD alone, or deep, and names each drift; exit code 3 when there is any, and 1 when
 * a destination could not be looked at, which holds back no other. Where asked to, it marks the commit as served when there
 * is no drift, and keeps an issue on the forge while there is some.
 */
export async function verify(context: Context, options: VerifyOptions): Promise<Outcome> {
  const config = await openConfig(context);
  const { lockfile, warnings: stale } = await openLocked(context, config, options.at);
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
    const followed =
      failures.length > 0
        ? { problems: destinationProblems(failures, notCompared), lines: [], json: { failures } }
        : unread.length > 0
          ? { problems: [], lines: [], json: {} }
          : await verdict.follow(results);
    return outcomeOf(results, [...config.warnings, ...stale, ...unread], followed, unread.length > 0);
  } finally {
    await verdict.close();
  }
}

const notCompared = 'was not compared with the lockfile';

function outcomeOf(
  results: readonly Verified[],
  warnings: readonly Problem[],
  followed: Followed,
  isPart: boolean,
): Outcome {
  const hasDrift = results.some(({ drift }) => drift.length > 0);
  const without = isPart ? ExitCode.budget : ExitCode.done;
  return {
    exitCode: followed.problems.length > 0 ? ExitCode.failed : hasDrift ? ExitCode.stale : without,
    text: [...results.map(verifyText), ...followed.lines].join('\n'),
    json: {
      schema: 'mirrorlock/verify/v1',
      drift: hasDrift,
      destinations: results.map(({ destination, tags, drift, deep }) => ({
        ...{ name: destination.name, tags, drift },
        ...(deep === undefined ? {} : { deep }),
      })),
      ...followed.json,
      warnings,
    },
    problems: [...warnings, ...followed.problems],
    summary: summaryOf((maxLength) => summarizeDrift(driftAt(results), maxLength), [...warnings, ...followed.problems]),
  };
}

async function verifyAt(
  context: Context,
  config: Config,
  destination: Destination,
  images: readonly LockedImage[],
  { extra, deep }: VerifyOptions,
): Promise<Omit<Verified, 'destination'>> {
  const { namespace } = destination;
  const repositoryOf = (image: string) => repositoryPath(namespace, image);
  const limited = await openLimited(context, destination, config);
  const { client } = limited;
  try {
    const states = await look(images, headDigest(client, namespace), context.progress);
    const tags = states.reduce((sum, { tags: own }) => sum + own.length, 0);
    const listed = extra ? images : [];
    const found = await Promise.all(
      listed.map(async (image) => {
        const there = await client.listTags(repositoryOf(image.image));
        const locked = [...tagDigests(image).keys()];
        return findExtra(image.image, new Set([...locked, ...backupNames(config.backup, locked)]), there);
      }),
    );
    const drift = [...findDrift(states, repositoryOf), ...found.flat()];
    if (deep === undefined) return { tags, drift };
    await limited.begin();
    const before = client.counts.manifestGet;
    const { damage, counts } = await openDeepLook(client, destination, deep, context.progress).groups(states);
    const report = deepReport(counts, deep, limited, before);
    return { tags, drift: [...drift, ...findBroken(damage, repositoryOf)], deep: report };
  } finally {
    await client.close();
  }
}
