import type { ApplyResult, PlaceReport } from '../apply/types.ts';
import type { Config } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import { type Problem, problemError } from '../core/problem.ts';
import type { LockedImage } from '../lock/types.ts';
import { reportBudget, waitingProblems, waitingText } from '../report/budget.ts';
import { failureProblems } from '../report/failures.ts';
import { summarizeApply } from '../report/summary.ts';
import { summaryOf } from '../report/summary-file.ts';
import { deepText } from '../runs/apply/deep.ts';
import { type Applied, applyEverywhere } from '../runs/apply/destinations.ts';
import { type EngineChoice, engineOf, followMachine } from '../runs/apply/machine.ts';
import type { Context, Outcome } from '../session/context.ts';
import { chooseDestinations, destinationText } from '../session/destinations.ts';
import { openLocked } from '../session/mirror-repository.ts';
import { type Target, targetImages } from '../session/selection.ts';
import { type BudgetChoice, openBudget } from '../session/source-session.ts';
import { openConfig } from '../session/workspace.ts';
import { plan } from './plan.ts';
import { pruneNotes } from './prune.ts';

export interface ApplyOptions extends Target, BudgetChoice, EngineChoice {
  readonly dryRun: boolean;
  /** Looks deep at the destinations first, and puts again what is damaged. */
  readonly deep?: boolean;
  /** Transfers side by side, over all destinations. */
  readonly jobs: number;
  /** The program of the skopeo engine. */
  readonly skopeo: string;
  /** How long to wait for pulls to come back, in milliseconds. */
  readonly maxWaitMs: number;
}

/**
 * Makes each destination have what the lockfile names: exactly those digests, each copied once, and every tag. Exit
 * code 1 when a group failed; the others are done all the same. Exit code 4 when some wait for pulls that the source does
 * not allow yet.
 */
export async function apply(context: Context, options: ApplyOptions): Promise<Outcome> {
  const { jobs, maxWaitMs, dryRun, deep = false } = options;
  if (dryRun && deep) throw deepDryRun();
  if (dryRun) return plan(context, options);
  const written = await openConfig(context);
  const { lockfile, warnings: stale } = await openLocked(context, written, options.at);
  const destinations = chooseDestinations(written, options.destinations);
  const images = targetImages(lockfile, options);
  const skopeo = engineOf(written, options) === 'skopeo' ? options.skopeo : undefined;
  if (skopeo !== undefined) await (await import('../apply/skopeo/program.ts')).checkSkopeo(skopeo, context.env);
  const { config, warnings: policy } = await followMachine(context, written, destinations, images, options);
  const run = await openBudget(context, config.source, { pulls: options.budget, keepsAll: destinations.length > 1 });
  const applied = await applyEverywhere(context, config, destinations, images, { jobs, maxWaitMs, run, deep, skopeo });
  const failures = applied.flatMap(({ destination, result }) => failureProblems(destination.name, result));
  const isWaiting = applied.some(({ result }) => result.waiting.length > 0);
  const dropped = applied.flatMap(({ sources }) => sources.flatMap((place) => place.dropped ?? []));
  const named = applied.map(({ destination, ...rest }) => ({ destination: destination.name, ...rest }));
  const budget = await reportBudget(run, named, context.now());
  const waits = waitingProblems(budget, context.now());
  const backups = applied.flatMap(({ problems }) => problems);
  // A part of the lockfile, as a job of a matrix has it, or an earlier one tells nothing of what is to be pruned.
  const isWhole = options.images === undefined && options.shard === undefined && options.at === undefined;
  const prunable = isWhole ? await pruneNotes(context, { ...config, destinations }) : [];
  const warnings = [...config.warnings, ...prunable, ...stale, ...policy, ...dropped, ...backups, ...run.problems()];
  return {
    exitCode: failures.length > 0 ? ExitCode.failed : isWaiting ? ExitCode.budget : ExitCode.done,
    text: [...applied.map(appliedText), ...waitingText(budget, context.now())].join('\n'),
    json: { ...applyJson(config, images, applied, warnings), ...(budget === undefined ? {} : { budget }) },
    problems: [...warnings, ...failures],
    summary: summaryOf((maxLength) => summarizeApply(applied.map(appliedAt), maxLength), [...warnings, ...waits]),
  };
}

function deepDryRun() {
  const hint = 'Run `mirrorlock verify --deep`, which names what is damaged.';
  return problemError('apply/deep-dry-run', '`--dry-run` cannot be combined with `--deep`.', '--dry-run --deep', hint);
}

function applyJson(
  config: Config,
  images: readonly LockedImage[],
  applied: readonly Applied[],
  warnings: readonly Problem[],
) {
  const each = applied.map(({ destination, result, requests, sources, deep }) => ({
    name: destination.name,
    counts: counts(result),
    ...(deep === undefined ? {} : { deep }),
    requests,
    sources,
    failures: result.failures,
  }));
  const total = (count: (entry: (typeof each)[number]) => number) => each.reduce((sum, entry) => sum + count(entry), 0);
  return {
    schema: 'mirrorlock/apply/v2',
    source: config.source.registry.host,
    images: images.length,
    counts: {
      copied: total((entry) => entry.counts.copied),
      ...(each.some(({ deep }) => deep) ? { mended: total((entry) => entry.counts.mended ?? 0) } : {}),
      tagged: total((entry) => entry.counts.tagged),
      unchanged: total((entry) => entry.counts.unchanged),
      failed: total((entry) => entry.counts.failed),
      waiting: total((entry) => entry.counts.waiting),
    },
    requests: {
      source: {
        countedPulls: total((entry) => entry.requests.source.countedPulls),
        heads: total((entry) => entry.requests.source.heads),
      },
      destination: { total: total((entry) => entry.requests.destination.total) },
    },
    destinations: each,
    warnings,
  };
}

function appliedAt({ destination, result, requests }: Applied) {
  return { destination: destinationText(destination), result, countedPulls: requests.source.countedPulls };
}

function counts({ copied, mended, tagged, unchanged, failures, waiting }: ApplyResult) {
  return {
    copied,
    ...(mended === undefined ? {} : { mended }),
    tagged,
    unchanged,
    failed: failures.length,
    waiting: waiting.length,
  };
}

function appliedText({ destination, result, requests, sources, deep }: Applied): string {
  const { copied, mended = 0, tagged, unchanged, failed, waiting } = counts(result);
  const failedText = failed > 0 ? `, ${failed} groups failed` : '';
  const waitingText = waiting > 0 ? `, ${waiting} groups wait` : '';
  const mendedText = deep === undefined ? '' : `${mended} mended, `;
  const done = `${copied} groups copied, ${mendedText}${tagged} tags put, ${unchanged} unchanged${failedText}${waitingText}`;
  const total = `${destinationText(destination)}: ${done} (${requests.source.countedPulls} counted pulls)`;
  const gave = sources.filter(({ manifests, bytes }) => manifests > 0 || bytes > 0);
  const looked = deep === undefined ? [] : [`  ${deepText(deep)}`];
  return [total, ...looked, ...gave.map(placeText)].join('\n');
}

function placeText({ place, manifests, bytes }: PlaceReport): string {
  return `  from ${place}: ${manifests} manifests, ${(bytes / 1_000_000).toFixed(1)} MB`;
}
