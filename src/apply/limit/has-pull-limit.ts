import { attempt } from '../../core/attempt.ts';
import type { Digest } from '../../core/names.ts';
import { takesPulls } from '../../plan/budget/estimate.ts';
import type { Plan, PlannedGroup } from '../../plan/types.ts';
import type { SourceManifests } from '../types.ts';

/**
 * Whether the source tells of a pull limit. Then a run that reaches it must have something to show for its pulls, or the
 * next run pulls the same again, without an end: see `unlimitedScheduler`.
 */
export async function hasPullLimit(plan: Plan, source: SourceManifests): Promise<boolean> {
  const first = plan.groups.find(takesPulls);
  if (first === undefined) return false;
  const asked = await attempt(() => source.hasPullLimit(first.image, atSource(first)));
  // A source that does not answer is no reason to hurry; each group will say why.
  return !asked.ok || asked.value;
}

/** A digest of the group that the source has. */
function atSource({ digest, index }: PlannedGroup): Digest {
  return index?.children[0]?.digest ?? digest;
}
