import type { Config, Destination } from '../../config/types.ts';
import type { Attempt } from '../../core/attempt.ts';
import { defined } from '../../core/defined.ts';
import { durationText } from '../../core/duration.ts';
import type { ImageName } from '../../core/names.ts';
import { counted } from '../../core/words.ts';
import { type Lockfile, lockedGroups } from '../../lock/types.ts';
import { isHub } from '../../registry/hub.ts';
import type { Context } from '../../session/context.ts';
import { destinationText } from '../../session/destinations.ts';
import { openLibrary } from '../../session/workspace.ts';
import { type DestinationRights, tryDestination } from '../destination-rights.ts';
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
        const window =
          told === null ? '' : `; ${counted(told.remaining, 'pull')} in ${durationText(told.windowSeconds * 1_000)}`;
        return ok(kind, `${at}${window}.`);
      });
    return [...answered, ...problems.map((problem) => ofProblem('source', problem))];
  });
}

/** Login, pull, push and more at a destination, in a repository that the lockfile names. */
export function lookAtDestination(
  context: Context,
  destination: Destination,
  config: Config,
  lockfile: Lockfile | undefined,
): Promise<readonly Finding[]> {
  const check = `destination ${destination.name}`;
  const locked = lockfile?.images.find((image) => lockedGroups(image).length > 0);
  const image = locked?.image ?? lockfile?.images[0]?.image ?? ('alpine' as ImageName);
  const [group] = lockedGroups(locked);
  const prunes = config.dropped === 'prune' && destination.exclusive === true;
  return looked(check, async () => {
    // A GET of a manifest counts at the Hub.
    const known = isHub(destination.registry.host) ? undefined : group?.digest;
    const trials = { ...defined({ known }), asksDelete: prunes };
    const { account, pull, push, more } = await tryDestination(context, destination, image, trials);
    const who = account === undefined ? 'without a login' : `as ${account}`;
    if (!pull.ok) return pull.error.problems.map((problem) => ofProblem(`${check}: pull`, problem));
    const found = [ok(`${check}: pull`, `${destinationText(destination)} can be read ${who}.`)];
    if (push !== undefined && !push.ok)
      return [...found, ...push.error.problems.map((problem) => ofProblem(`${check}: push`, problem))];
    const pushed = ok(`${check}: push`, `${image} takes an upload, which was taken back.`);
    const unpruned = config.dropped === 'prune' && !prunes ? [notExclusive(check)] : [];
    return [...found, pushed, ...moreFindings(check, image, more ?? {}), ...unpruned];
  });
}

/** What is not needed for a mirror is no warning: mounts save uploads, and nothing here reads referrers. */
function moreFindings(check: string, image: string, more: NonNullable<DestinationRights['more']>): Finding[] {
  const { mount, referrers, delete: deletion } = more;
  const failed = (name: string, { problem }: Attempt<unknown> & { ok: false }, status: Finding['status']) =>
    ofProblem(`${check}: ${name}`, problem, status);
  const mounts = (is: boolean) =>
    is
      ? 'Blobs that another repository has are mounted, not sent.'
      : 'It does not mount blobs: what images share is sent to each repository.';
  const refers = (is: boolean) =>
    is ? 'It has the referrers API.' : 'It does not have the referrers API; the mirror does not need it.';
  const deleted = `${image} takes the deletion of a digest, asked for one that nobody has.`;
  return [
    ...(mount === undefined
      ? []
      : [mount.ok ? ok(`${check}: mount`, mounts(mount.value)) : failed('mount', mount, 'warning')]),
    ...(referrers === undefined
      ? []
      : [
          referrers.ok ? ok(`${check}: referrers`, refers(referrers.value)) : failed('referrers', referrers, 'warning'),
        ]),
    ...(deletion === undefined
      ? []
      : [deletion.ok ? ok(`${check}: delete`, deleted) : failed('delete', deletion, 'error')]),
  ];
}

function notExclusive(check: string): Finding {
  return ok(
    `${check}: delete`,
    'Not asked for: the destination is not `exclusive`, and `mirrorlock prune` deletes nothing there.',
  );
}
