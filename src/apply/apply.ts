import PQueue from 'p-queue';
import { groupBy } from '../core/group-by.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import type { Plan } from '../plan/types.ts';
import { applyImage, sumResults } from './apply-image.ts';
import { choosePace } from './pace.ts';
import type { ApplyPorts, ApplyResult } from './types.ts';

/**
 * Carries out a plan at one destination, some images side by side; the ports bound their requests and processes. The
 * destination is the only state: a run that was killed is resumed by planning and applying again.
 *
 * @throws what a port throws and is no UserError: an interrupt. What had begun then is not waited for.
 */
export async function applyPlan(plan: Plan, ports: ApplyPorts, progress: Progress = noProgress): Promise<ApplyResult> {
  const byImage = groupBy(plan.groups, ({ image }) => image);
  const task = progress.start('Applying', plan.groups.length);
  const pace = await choosePace(plan, ports.source);
  const queue = new PQueue({ concurrency: pace.images });
  try {
    const results = await Promise.all(
      [...byImage].map(([image, groups]) =>
        queue.add(async () => {
          const result = await applyImage(image, groups, pace, ports);
          task.advance(groups.length, image);
          return result;
        }),
      ),
    );
    task.end();
    return { ...sumResults(results), unchanged: plan.unchanged };
  } finally {
    queue.clear();
  }
}
