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
  const first = groups.filter((group) => whole.has(group));
  // Those that share children with others come after them, and find them at the destination.
  const then = groups.filter((group) => !whole.has(group));
  const results: WorkResult[] = [];
  for (const part of [...parts(first, atOnce), ...parts(then, atOnce)]) {
    results.push(await applyGroups(image, part, whole, ports));
  }
  return sumResults(results);
}

function parts(groups: readonly PlannedGroup[], size: number): PlannedGroup[][] {
  const count = Math.ceil(groups.length / size);
  return Array.from({ length: count }, (_, part) => groups.slice(part * size, (part + 1) * size));
}

/** Adds up what parts of the work did. */
export function sumResults(results: readonly WorkResult[]): WorkResult {
  const sum = (count: (result: WorkResult) => number) => results.reduce((total, result) => total + count(result), 0);
  return {
    copied: sum(({ copied }) => copied),
    tagged: sum(({ tagged }) => tagged),
    failures: results.flatMap(({ failures }) => failures),
    waiting: results.flatMap(({ waiting }) => waiting),
    copyManifestGets: sum(({ copyManifestGets }) => copyManifestGets),
  };
}
