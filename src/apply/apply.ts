import { groupBy } from '../core/group-by.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import type { Plan } from '../plan/types.ts';
import { type ApplyPorts, applyImage } from './apply-image.ts';
import type { ApplyResult } from './types.ts';

/**
 * Carries out a plan at one destination, image by image side by side; the ports bound how much runs at once. The
 * destination is the only state: a run that was killed is resumed by planning and applying again.
 */
export async function applyPlan(plan: Plan, ports: ApplyPorts, progress: Progress = noProgress): Promise<ApplyResult> {
  const byImage = groupBy(plan.groups, ({ image }) => image);
  const task = progress.start('Applying', plan.groups.length);
  const results = await Promise.all(
    [...byImage].map(async ([image, groups]) => {
      const result = await applyImage(image, groups, ports);
      task.advance(groups.length, image);
      return result;
    }),
  );
  task.end();
  const sum = (count: (result: (typeof results)[number]) => number) =>
    results.reduce((total, result) => total + count(result), 0);
  return {
    copied: sum(({ copied }) => copied),
    tagged: sum(({ tagged }) => tagged),
    unchanged: plan.unchanged,
    failures: results.flatMap(({ failures }) => failures),
    copyManifestGets: sum(({ copyManifestGets }) => copyManifestGets),
  };
}
