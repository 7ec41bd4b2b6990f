import type { ImageName } from '../core/names.ts';
import type { PlannedGroup } from '../plan/types.ts';
import { applyGroups } from './apply-groups.ts';
import type { ApplyPorts, WorkResult } from './types.ts';

/**
 * So many groups of an image are worked on at once: enough to share out their children, and few enough for a run that
 * reaches the source's pull limit to have whole groups to show for it, not just the indexes of all.
 */
const groupsAtOnce = 8;

/** Applies the planned groups of one image, some at a time; see {@link applyGroups}. */
export async function applyImage(
  image: ImageName,
  groups: readonly PlannedGroup[],
  whole: ReadonlySet<PlannedGroup>,
  ports: ApplyPorts,
): Promise<WorkResult> {
  const first = groups.filter((group) => whole.has(group));
  // Those that share children with others come after them, and find them at the destination.
  const then = groups.filter((group) => !whole.has(group));
  const results: WorkResult[] = [];
  for (const part of [...parts(first), ...parts(then)]) {
    results.push(await applyGroups(image, part, whole, ports));
  }
  return sumResults(results);
}

function parts(groups: readonly PlannedGroup[]): PlannedGroup[][] {
  const count = Math.ceil(groups.length / groupsAtOnce);
  return Array.from({ length: count }, (_, part) => groups.slice(part * groupsAtOnce, (part + 1) * groupsAtOnce));
}

/** Adds up what parts of the work did. */
export function sumResults(results: readonly WorkResult[]): WorkResult {
  const sum = (count: (result: WorkResult) => number) => results.reduce((total, result) => total + count(result), 0);
  return {
    copied: sum(({ copied }) => copied),
    tagged: sum(({ tagged }) => tagged),
    failures: results.flatMap(({ failures }) => failures),
    copyManifestGets: sum(({ copyManifestGets }) => copyManifestGets),
  };
}
