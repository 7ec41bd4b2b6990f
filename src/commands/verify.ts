import type { Destination } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import { repositoryPath } from '../core/repository-path.ts';
import { type LockedImage, tagDigests } from '../lock/types.ts';
import { backupNames } from '../plan/backup.ts';
import { look } from '../plan/look.ts';
import { summarizeDrift } from '../review/summary.ts';
import { findDrift, findExtra } from '../verify/drift.ts';
import { withClient } from './clients.ts';
import type { Context, Outcome } from './context.ts';
import { chooseDestinations, destinationText } from './destinations.ts';
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
}

/**
 * Compares each destination with the lockfile by HEAD alone and names each drift; exit code 3 when there is any, and 1 when
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
      verifyAt(context, destination, images, options.extra, config.backup),
    );
    const results: Verified[] = done.map(({ destination, value }) => ({ destination, ...value }));
    // What could not be looked at is neither served nor drift.
    const followed =
      failures.length > 0
        ? { problems: destinationProblems(failures, notCompared), lines: [], json: { failures } }
        : await verdict.follow(results);
    return outcomeOf(results, [...config.warnings, ...stale], followed);
  } finally {
    await verdict.close();
  }
}

const notCompared = 'was not compared with the lockfile';

function outcomeOf(results: readonly Verified[], warnings: readonly Problem[], followed: Followed): Outcome {
  const hasDrift = results.some(({ drift }) => drift.length > 0);
  const texts = results.map(({ destination, tags, drift }) => verifyText(destinationText(destination), tags, drift));
  return {
    exitCode: followed.problems.length > 0 ? ExitCode.failed : hasDrift ? ExitCode.stale : ExitCode.done,
    text: [...texts, ...followed.lines].join('\n'),
    json: {
      schema: 'mirrorlock/verify/v1',
      drift: hasDrift,
      destinations: results.map(({ destination, tags, drift }) => ({ name: destination.name, tags, drift })),
      ...followed.json,
      warnings,
    },
    problems: [...warnings, ...followed.problems],
    summary: summaryOf((maxLength) => summarizeDrift(driftAt(results), maxLength), [...warnings, ...followed.problems]),
  };
}

function verifyAt(
  context: Context,
  { namespace, ...place }: Destination,
  images: readonly LockedImage[],
  extra: boolean,
  backup: string | undefined,
) {
  return withClient(context, { ...place, namespace }, async (client) => {
    const states = await look(images, headDigest(client, namespace), context.progress);
    const drift = findDrift(states);
    const listed = extra ? images : [];
    const found = await Promise.all(
      listed.map(async (image) => {
        const tags = await client.listTags(repositoryPath(namespace, image.image));
        const locked = [...tagDigests(image).keys()];
        return findExtra(image.image, new Set([...locked, ...backupNames(backup, locked)]), tags);
      }),
    );
    return { tags: states.reduce((sum, { tags }) => sum + tags.length, 0), drift: [...drift, ...found.flat()] };
  });
}
