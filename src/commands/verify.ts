import type { Destination } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import { repositoryPath } from '../core/repository-path.ts';
import { shortDigest } from '../diff/words.ts';
import { type LockedImage, tagDigests } from '../lock/types.ts';
import { look } from '../plan/look.ts';
import { type Drift, findDrift, findExtra } from '../verify/drift.ts';
import { withClient } from './clients.ts';
import type { Context, Outcome } from './context.ts';
import { chooseDestinations, destinationText } from './destinations.ts';
import { openLocked } from './locked.ts';
import { headDigest, type Target, targetImages } from './target.ts';
import { openConfig } from './workspace.ts';

export interface VerifyOptions extends Target {
  /** Lists the destination's tags as well, to find those that the lockfile does not name. */
  readonly extra: boolean;
}

/** Compares each destination with the lockfile by HEAD alone and names each drift; exit code 3 when there is any. */
export async function verify(context: Context, options: VerifyOptions): Promise<Outcome> {
  const config = await openConfig(context);
  const { lockfile, warnings: stale } = await openLocked(context, config, options.at);
  const images = targetImages(lockfile, options);
  const results: { destination: Destination; tags: number; drift: Drift[] }[] = [];
  for (const destination of chooseDestinations(config, options.destinations)) {
    results.push({ destination, ...(await verifyAt(context, destination, images, options.extra)) });
  }
  const hasDrift = results.some(({ drift }) => drift.length > 0);
  const problems: Problem[] = [...config.warnings, ...stale];
  return {
    exitCode: hasDrift ? ExitCode.stale : ExitCode.done,
    text: results
      .map(({ destination, tags, drift }) => verifyText(destinationText(destination), tags, drift))
      .join('\n'),
    json: {
      schema: 'mirrorlock/verify/v1',
      drift: hasDrift,
      destinations: results.map(({ destination, tags, drift }) => ({ name: destination.name, tags, drift })),
      warnings: problems,
    },
    problems,
  };
}

function verifyAt(
  context: Context,
  { namespace, ...place }: Destination,
  images: readonly LockedImage[],
  extra: boolean,
) {
  return withClient(context, { ...place, namespace }, async (client) => {
    const states = await look(images, headDigest(client, namespace), context.progress);
    const drift = findDrift(states);
    const listed = extra ? images : [];
    const found = await Promise.all(
      listed.map(async (image) => {
        const tags = await client.listTags(repositoryPath(namespace, image.image));
        return findExtra(image.image, new Set(tagDigests(image).keys()), tags);
      }),
    );
    return { tags: states.reduce((sum, { tags }) => sum + tags.length, 0), drift: [...drift, ...found.flat()] };
  });
}

function verifyText(destination: string, tags: number, drift: readonly Drift[]): string {
  if (drift.length === 0) return `${destination}: all ${tags} tags are as the lockfile says`;
  return [`${destination}: ${drift.length} of ${tags} tags differ`, ...drift.map(driftLine)].join('\n');
}

function driftLine(drift: Drift): string {
  const name = `${drift.image}:${drift.tag}`;
  if (drift.kind === 'extra') return `  extra      ${name}`;
  if (drift.kind === 'missing') return `  missing    ${name}  (${shortDigest(drift.wanted)})`;
  return `  different  ${name}  ${shortDigest(drift.seen)}, locked ${shortDigest(drift.wanted)}`;
}
