import { attempt } from '../../core/attempt.ts';
import type { Problem } from '../../core/problem.ts';
import { type LockedImage, tagDigests } from '../../lock/types.ts';
import { withBackups } from '../../plan/backup.ts';
import type { HeadDigest, Plan, PlannedGroup, PlannedTag } from '../../plan/types.ts';
import type { EarlierLockfiles } from '../../session/earlier.ts';

/** A plan that says under which names moved tags are kept, and which cannot be. */
interface WithBackups {
  readonly plan: Plan;
  readonly problems: readonly Problem[];
}

/**
 * Says under which name each tag that moves is kept. A name that is taken at the destination is only moved where a merged
 * lockfile named the digest that it has: else it is somebody else's, and the tag moves without a backup.
 */
export async function planBackups(
  plan: Plan,
  template: string | undefined,
  images: readonly LockedImage[],
  head: HeadDigest,
  earlier: EarlierLockfiles,
): Promise<WithBackups> {
  const locked = new Map(images.map((image) => [image.image, new Set<string>(tagDigests(image).keys())]));
  const named = withBackups(plan, template, (image) => locked.get(image) ?? new Set());
  const problems = [...named.problems];

  const checkTag = async ({ image }: PlannedGroup, one: PlannedTag): Promise<PlannedTag> => {
    const { backup, ...rest } = one;
    if (backup === undefined) return one;
    const asked = await attempt(() => head(image, backup));
    const seen = asked.ok ? asked.value : undefined;
    const isOurs = seen === undefined || seen === one.replaces || (await earlier.names(image, seen));
    if (asked.ok && isOurs) return one;
    problems.push(asked.ok ? foreignBackup(`${image}:${one.tag}`, backup) : asked.problem);
    return rest;
  };
  const groups = await Promise.all(
    named.plan.groups.map(async (group) => ({
      ...group,
      put: await Promise.all(group.put.map((one) => checkTag(group, one))),
    })),
  );
  return { plan: { ...named.plan, groups }, problems };
}

function foreignBackup(what: string, value: string): Problem {
  const message = `What ${what} pointed at is not kept under another name: no merged lockfile named what that name has.`;
  const hint = 'Change `policy.backup`, or delete the tag of that name if nobody needs it.';
  return { code: 'apply/no-backup', severity: 'warning', message, value, hint };
}
