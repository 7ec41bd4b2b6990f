import { quote } from 'shell-quote';
import { problemError } from '../core/problem.ts';
import { applyFacts } from '../monitor/facts.ts';
import { refuseDryWatch, scopeOf, type WatchOptions, watched } from '../monitor/watched.ts';
import { applyOutcome } from '../report/apply.ts';
import { reportBudget } from '../report/budget.ts';
import { planOutcome } from '../report/plan.ts';
import { type ApplyOptions, runApply } from '../runs/apply/run.ts';
import { runPlan } from '../runs/plan.ts';
import type { Context, Outcome } from '../session/context.ts';

/**
 * Makes each destination have what the lockfile names: exactly those digests, each copied once, and every tag. Exit
 * code 1 when a group failed; the others are done all the same. Exit code 4 when some wait for pulls that the source does
 * not allow yet.
 */
export async function apply(
  context: Context,
  { dryRun, watch, ...options }: ApplyOptions & { readonly dryRun: boolean; readonly watch: WatchOptions },
): Promise<Outcome> {
  if (dryRun && options.deep) throw deepDryRun();
  if (dryRun) refuseDryWatch(watch);
  if (dryRun) return planOutcome(await runPlan(context, options), context.now());
  return watched(context, { ...watch, command: 'apply', scope: scopeOf(options) }, async (tell) => {
    const ran = await runApply(context, options);
    const named = ran.applied.map(({ destination, ...rest }) => ({ destination: destination.name, ...rest }));
    const budget = await reportBudget(ran.run, named, context.now());
    tell(applyFacts(ran, budget));
    const outcome = applyOutcome(ran, budget, context.now());
    return options.at === undefined ? outcome : { ...outcome, text: `${outcome.text}\n\n${stayWords(options.at)}` };
  });
}

/** What comes after an earlier state was brought back, and how to stay there. */
function stayWords(revision: string): string {
  const shown = quote([revision]);
  return [
    `The next run without \`--at\`, such as a scheduled one, applies the merged lockfile again. To stay at ${revision}:`,
    `  git checkout ${shown} -- mirrors.yaml mirrors.lock.yaml && mirrorlock render`,
    'Commit and merge that; `upstream.ref` in mirrors.yaml, set to the commit that the lockfile names, keeps `update` there too.',
  ].join('\n');
}

function deepDryRun() {
  const hint = 'Run `mirrorlock verify --deep`, which names what is damaged.';
  return problemError('apply/deep-dry-run', '`--dry-run` cannot be combined with `--deep`.', '--dry-run --deep', hint);
}
