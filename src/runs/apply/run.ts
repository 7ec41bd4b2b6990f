import type { Config } from '../../config/types.ts';
import { attempt } from '../../core/attempt.ts';
import { defined } from '../../core/defined.ts';
import type { Problem } from '../../core/problem.ts';
import type { LockedImage } from '../../lock/types.ts';
import type { Context } from '../../session/context.ts';
import { chooseDestinations } from '../../session/destinations.ts';
import { earlierLockfiles, mergedCommits } from '../../session/earlier.ts';
import { lockfileAt } from '../../session/locked.ts';
import { checkReviewed, type ReviewChoice } from '../../session/reviewed.ts';
import { type Target, targetImages } from '../../session/selection.ts';
import { type BudgetChoice, openBudget, type RunBudget, readsEvidence } from '../../session/source-session.ts';
import { openConfig } from '../../session/workspace.ts';
import { pruneNotes } from '../prune.ts';
import { type AppliedChanges, appliedChanges } from './applied-changes.ts';
import { type Applied, applyEverywhere } from './destinations.ts';
import { type EngineChoice, engineOf, followMachine } from './machine.ts';

/** What apply works on, and how. */
export interface ApplyOptions extends Target, BudgetChoice, EngineChoice, ReviewChoice {
  /** Looks deep at the destinations first, and puts again what is damaged. */
  readonly deep?: boolean;
  /** Transfers side by side, over all destinations. */
  readonly jobs: number;
  /** The program of the skopeo engine. */
  readonly skopeo: string;
  /** How long to wait for pulls to come back, in milliseconds. */
  readonly maxWaitMs: number;
}

/** What an apply did, and what people are to hear of it. */
export interface ApplyRun {
  readonly config: Config;
  readonly images: readonly LockedImage[];
  readonly run: RunBudget;
  readonly applied: readonly Applied[];
  /** What it brought since the state that was served before; absent where nothing was put, or that state is not known. */
  readonly brought?: AppliedChanges;
  /** That the lockfile holds tags that no rule wants: they were not put. */
  readonly unwanted: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Makes each destination have what the lockfile names: exactly those digests, each copied once, and every tag. A group that
 * fails does not stop the others.
 *
 * @throws UserError as `openConfig`, `lockfileAt`, `checkReviewed`, `chooseDestinations` and `followMachine` do
 */
export async function runApply(context: Context, options: ApplyOptions): Promise<ApplyRun> {
  const { jobs, maxWaitMs, deep = false } = options;
  const written = await openConfig(context);
  const { lockfile, wanted, unwanted, warnings: stale } = await lockfileAt(context, written, options.at);
  const unreviewed = await checkReviewed(context, written, options);
  const destinations = chooseDestinations(written, options.destinations);
  const images = targetImages(wanted, options);
  const skopeo = engineOf(written, options) === 'skopeo' ? options.skopeo : undefined;
  if (skopeo !== undefined) await (await import('../../apply/skopeo/program.ts')).checkSkopeo(skopeo, context.env);
  const { config, warnings: policy } = await followMachine(context, written, destinations, images, options);
  const run = await openBudget(context, config.source, {
    pulls: options.budget,
    keepsAll: destinations.length > 1,
    ...(readsEvidence(config) && { store: 'read' }),
  });
  const earlier = earlierLockfiles(() => mergedCommits(context, config), lockfile);
  const everywhere = { jobs, maxWaitMs, run, deep, skopeo, earlier };
  const applied = await applyEverywhere(context, config, destinations, images, everywhere);
  const dropped = applied.flatMap(({ sources }) => sources.flatMap((place) => place.dropped ?? []));
  const backups = applied.flatMap(({ problems }) => problems);
  // A part of the lockfile, as a job of a matrix has it, or an earlier one tells nothing of what is to be pruned.
  const isWhole = options.images === undefined && options.shard === undefined;
  const isEarlier = options.at !== undefined;
  const brought = await attempt(() =>
    appliedChanges(context, config, applied, { lockfile: wanted, images, isFull: isWhole, isEarlier }),
  );
  const untold = brought.ok ? [] : [untoldProblem(brought.problem)];
  const prunable = isWhole && !isEarlier ? await pruneNotes(context, { ...config, destinations }) : [];
  const own = [...config.warnings, ...unreviewed, ...prunable, ...stale];
  const warnings = [...own, ...policy, ...dropped, ...backups, ...untold, ...run.problems()];
  const told = brought.ok ? defined({ brought: brought.value }) : {};
  return { config, images, run, applied, unwanted, warnings, ...told };
}

function untoldProblem(problem: Problem): Problem {
  const message = `What was applied cannot be said in words: ${problem.message}`;
  return { ...problem, severity: 'warning', message };
}
