import { ExitCode } from '../core/exit-code.ts';
import { planOutcome } from '../report/plan.ts';
import { hasWork, type PlanOptions, runPlan } from '../runs/plan.ts';
import type { Context, Outcome } from '../session/context.ts';

/**
 * Shows what apply would do at each destination. Asks destinations by HEAD, and the source by one HEAD for its pull limit.
 * With a detailed exit code it is 3 where there is something to do, unless something else makes it another than 0.
 */
export async function plan(
  context: Context,
  { detailedExitCode, ...options }: PlanOptions & { readonly detailedExitCode: boolean },
): Promise<Outcome> {
  const run = await runPlan(context, options);
  const outcome = planOutcome(run, context.now());
  const tells = detailedExitCode && outcome.exitCode === ExitCode.done && hasWork(run);
  return tells ? { ...outcome, exitCode: ExitCode.stale } : outcome;
}
