import { groupBy } from '../core/group-by.ts';
import type { Plan, PlannedGroup } from '../plan/types.ts';

/** With fewer images, sharing out the children of one over processes is faster than copying its indexes one by one. */
const enoughImages = 3;

/**
 * The absent groups that skopeo copies whole, index and children in one go, which spares it a connection and a check for
 * each child: those that are new at the destination, so that it has none of their children, and whose children no other
 * group of the image is likely to have. A set of `SharedTags` has its entries' children, and is told by its first tag: an
 * entry's tag is longer by the variant (`1.27.0` and `1.27.0-trixie`). A wrong guess costs counted pulls, nothing else.
 */
export function wholeGroups({ groups }: Plan): ReadonlySet<PlannedGroup> {
  const byImage = groupBy(groups, ({ image }) => image);
  if (byImage.size < enoughImages) return new Set();
  return new Set([...byImage.values()].flatMap((ofImage) => ofImage.filter((group) => isWhole(group, ofImage))));
}

function isWhole(group: PlannedGroup, ofImage: readonly PlannedGroup[]): boolean {
  const [first] = group.put;
  if (!group.copy || first === undefined || group.put.some(({ replaces }) => replaces !== undefined)) return false;
  const variant = `${first.tag}-`;
  return !ofImage.some((other) => other !== group && other.put.some(({ tag }) => tag.startsWith(variant)));
}
