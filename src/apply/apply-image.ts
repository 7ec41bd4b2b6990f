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
  const results: WorkResult[] = [];
  for (let from = 0; from < groups.length; from += groupsAtOnce) {
    results.push(await applyGroups(image, groups.slice(from, from + groupsAtOnce), whole, ports));
  }
  return sumResults(results);
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
