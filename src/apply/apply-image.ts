import type { ImageName } from '../core/names.ts';
import type { PlannedGroup } from '../plan/types.ts';
import { applyGroups } from './apply-groups.ts';
import type { Pace } from './pace.ts';
import type { ApplyPorts, WorkResult } from './types.ts';

/** Applies the planned groups of one image, some at a time; see {@link applyGroups}. */
export async function applyImage(
  image: ImageName,
  groups: readonly PlannedGroup[],
  { groups: atOnce, whole }: Pace,
  ports: ApplyPorts,
): Promise<WorkResult> {
  const results: WorkResult[] = [];
  for (let start = 0; start < groups.length; start += atOnce) {
    results.push(await applyGroups(image, groups.slice(start, start + atOnce), ports, whole));
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
    waiting: results.flatMap(({ waiting }) => waiting),
  };
}
