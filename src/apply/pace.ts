import type { Plan, PlannedGroup } from '../plan/types.ts';
import { attempt } from './attempt.ts';
import type { SourceManifests } from './types.ts';
import { wholeGroups } from './whole.ts';

/** How much is worked on at once, and how. */
export interface Pace {
  readonly images: number;
  /** Of each image. */
  readonly groups: number;
  /** The groups whose index and children the copy engine copies in one go. */
  readonly whole: ReadonlySet<PlannedGroup>;
}

/**
 * Where the source has a pull limit, a run that reaches it must have something to show for its pulls, or the next run
 * pulls the same again, without an end: few indexes are read at once, and children, which stay, are copied one by one.
 * Elsewhere there is as much as keeps the copy processes busy.
 */
export async function choosePace(plan: Plan, source: SourceManifests): Promise<Pace> {
  const first = plan.groups.find(({ copy }) => copy);
  const limited = first === undefined ? undefined : await attempt(() => source.hasPullLimit(first.image, first.digest));
  // A source that does not answer is no reason to hurry; each group will say why.
  if (limited !== undefined && (!limited.ok || limited.value)) return { images: 1, groups: 4, whole: new Set() };
  return { images: 6, groups: 8, whole: wholeGroups(plan) };
}
