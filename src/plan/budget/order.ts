import type { PlannedGroup } from '../types.ts';
import { takesPulls } from './estimate.ts';

/**
 * The order in which groups are begun where not all fit: images that the configuration puts first; then groups to which a
 * tag moves that people have already, before new ones; cheap before dear; else the order of the lockfile. Groups that are
 * at the destination, and only want tags, cost nothing and go before all. Pure.
 *
 * @param first patterns of images that go first
 * @param expected the counted pulls that a group is expected to take
 */
export function budgetOrder(
  groups: readonly PlannedGroup[],
  first: readonly { matches(image: string): boolean }[],
  expected: (group: PlannedGroup) => number,
): PlannedGroup[] {
  const rankOf = ({ image }: PlannedGroup) => {
    const index = first.findIndex((pattern) => pattern.matches(image));
    return index === -1 ? first.length : index;
  };
  const keyed = groups.map((group, index) => ({
    group,
    key: [takesPulls(group) ? 1 : 0, rankOf(group), movesATag(group) ? 0 : 1, expected(group), index],
  }));
  return keyed.sort((one, other) => compare(one.key, other.key)).map(({ group }) => group);
}

/** Whether a tag of the group is at the destination already, and points at something else. */
function movesATag({ put }: PlannedGroup): boolean {
  return put.some(({ replaces }) => replaces !== undefined);
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
