import { planOutcome } from '../report/plan.ts';
import { type PlanOptions, runPlan } from '../runs/plan.ts';
import type { Context, Outcome } from '../session/context.ts';

/** Shows what apply would do at each destination. Asks destinations by HEAD, and the source by one HEAD for its pull limit. */
export async function plan(context: Context, options: PlanOptions): Promise<Outcome> {
  return planOutcome(await runPlan(context, options), context.now());
}
