import type { Config, Destination } from '../../config/types.ts';
import { durationText } from '../../core/duration.ts';
import type { ImageName } from '../../core/names.ts';
import { counted } from '../../core/words.ts';
import type { Lockfile } from '../../lock/types.ts';
import type { Context } from '../../session/context.ts';
import { destinationText } from '../../session/destinations.ts';
import { openLibrary } from '../../session/workspace.ts';
import { tryDestination } from '../destination-rights.ts';
import { readLimits } from '../limits.ts';
import { type Finding, looked, ofProblem, ok, warning } from './finding.ts';

/** Upstream's git repository, which is fetched into the cache as `lock` does. */
export function lookAtUpstream(context: Context, config: Config): Promise<readonly Finding[]> {
  return looked('upstream', async () => {
    const { library } = await openLibrary(context, config);
    const { images, refusals, commit } = library;
    const refused = refusals.length === 0 ? '' : `; ${counted(refusals.length, 'file')} cannot be read`;
    return [ok('upstream', `${counted(images.length, 'image')} at ${commit.sha.slice(0, 12)}${refused}.`)];
  });
}

/** The source and its alternates: whether they answer, to whom, and what the pull limit leaves. */
export function lookAtSources(context: Context): Promise<readonly Finding[]> {
  return looked('source', async () => {
    const { places, problems } = await readLimits(context);
    const answered = places
      .filter(({ isReached }) => isReached)
      .map(({ kind, place, account, told, left, limit }): Finding => {
        const who = account === null ? 'anonymous' : `as ${account}`;
        const at = `${place} answers (${who})`;
        if (left === 0)
          return warning(kind, `${at}; no pull is left.`, '`mirrorlock budget` says when pulls come back.');
        if (typeof left === 'number') return ok(kind, `${at}; ${left} of ${limit} pulls are left.`);
        const window = told === null ? '' : `; ${told.remaining} pulls in ${durationText(told.windowSeconds * 1_000)}`;
        return ok(kind, `${at}${window}.`);
      });
    return [...answered, ...problems.map((problem) => ofProblem('source', problem))];
  });
}

/** Login, pull and push at a destination, in a repository that the lockfile names. */
export function lookAtDestination(
  context: Context,
  destination: Destination,
  config: Config,
  lockfile: Lockfile | undefined,
): Promise<readonly Finding[]> {
  const check = `destination ${destination.name}`;
  const image = lockfile?.images[0]?.image ?? ('alpine' as ImageName);
  return looked(check, async () => {
    const { account, pull, push } = await tryDestination(context, destination, image);
    const who = account === undefined ? 'without a login' : `as ${account}`;
    if (!pull.ok) return pull.error.problems.map((problem) => ofProblem(`${check}: pull`, problem));
    const found = [ok(`${check}: pull`, `${destinationText(destination)} can be read ${who}.`)];
    if (push !== undefined && !push.ok)
      return [...found, ...push.error.problems.map((problem) => ofProblem(`${check}: push`, problem))];
    const pushed = ok(`${check}: push`, `${image} takes an upload, which was taken back.`);
    return [...found, pushed, ...deletions(check, config)];
  });
}

/** Nothing but a deletion says whether one is allowed. */
function deletions(check: string, { dropped }: Pick<Config, 'dropped'>): Finding[] {
  if (dropped !== 'prune') return [];
  return [
    ok(`${check}: delete`, 'Not tried: only a deletion says whether it is allowed. `mirrorlock prune` reports it.'),
  ];
}
