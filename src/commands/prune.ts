import { pruneOutcome } from '../report/prune.ts';
import { type PruneOptions, runPrune } from '../runs/prune.ts';
import type { Context, Outcome } from '../session/context.ts';

/** Deletes at the destinations what left the lockfile long enough ago, where the policy says so. Throws as `runPrune` does. */
export async function prune(context: Context, options: PruneOptions): Promise<Outcome> {
  return pruneOutcome(await runPrune(context, options));
}
