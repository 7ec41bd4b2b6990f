import type { Digest } from '../core/names.ts';
import type { Plan, PlannedGroup } from '../plan/types.ts';
import { attempt } from './attempt.ts';
import type { SourceManifests } from './types.ts';

/** How much is worked on at once, and how. */
export interface Pace {
  readonly images: number;
  /** Of each image. */
  readonly groups: number;
  /** Whether indexes are copied with their children in one go. */
  readonly whole: boolean;
}

/** With fewer images, sharing out the children of one over processes is faster than copying its indexes one by one. */
const enoughImages = 3;

/**
 * Where the source has a pull limit, a run that reaches it must have something to show for its pulls, or the next run
 * pulls the same again, without an end: few indexes are read at once. Elsewhere there is as much as keeps the copy
 * processes busy.
 */
export async function choosePace(plan: Plan, source: SourceManifests): Promise<Pace> {
  const first = plan.groups.find(({ copy }) => copy);
  const limited =
    first === undefined ? undefined : await attempt(() => source.hasPullLimit(first.image, atSource(first)));
  const whole = new Set(plan.groups.map(({ image }) => image)).size >= enoughImages;
  // A source that does not answer is no reason to hurry; each group will say why.
  if (limited !== undefined && (!limited.ok || limited.value)) return { images: 1, groups: 4, whole: false };
  return { images: 6, groups: 24, whole };
}

/** A digest of the group that the source has. */
function atSource({ digest, index }: PlannedGroup): Digest {
  return index?.children[0]?.digest ?? digest;
}
