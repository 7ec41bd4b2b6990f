import type { GroupCost } from '../../plan/budget/types.ts';
import type { PlannedGroup } from '../../plan/types.ts';

/** Enough to keep the copy processes busy; few enough that a run that ends has not begun much. */
const mostAtOnce = 16;

/**
 * The groups to apply next, at once: in their order, all that fit together into what is left; where none fits, the first
 * alone, to be begun in part. An index that nobody has read goes alone with others of its kind only as far as what it
 * usually takes fits. Nothing where nothing is left and each takes something. Pure.
 */
export function chooseBatch(
  groups: readonly PlannedGroup[],
  left: number,
  costOf: (group: PlannedGroup) => GroupCost,
): PlannedGroup[] {
  const batch: PlannedGroup[] = [];
  let rest = left;
  for (const group of groups) {
    const { expected } = costOf(group);
    if (expected > rest) continue;
    batch.push(group);
    rest -= expected;
    if (batch.length >= mostAtOnce) break;
  }
  const [first] = groups;
  return batch.length === 0 && left >= 1 && first !== undefined ? [first] : batch;
}
