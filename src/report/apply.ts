import type { ApplyResult, PlaceReport } from '../apply/types.ts';
import { changesJson } from '../changes/json.ts';
import { titleOf } from '../changes/words.ts';
import type { Config } from '../config/types.ts';
import { bytesText } from '../core/bytes.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import { counted } from '../core/words.ts';
import { placeParts } from '../core/written-place.ts';
import type { LockedImage } from '../lock/types.ts';
import type { AppliedChanges } from '../runs/apply/applied-changes.ts';
import { deepText } from '../runs/apply/deep.ts';
import type { Applied } from '../runs/apply/destinations.ts';
import type { ApplyRun } from '../runs/apply/run.ts';
import type { Outcome } from '../session/context.ts';
import { destinationText } from '../session/destinations.ts';
import { type BudgetReport, waitingProblems, waitingText } from './budget.ts';
import { failureProblems } from './failures.ts';
import { summarizeApply } from './summary.ts';
import { summaryOf } from './summary-file.ts';

/**
 * The outcome of an apply. Exit code 1 when a group failed, 3 when the lockfile holds tags that no rule wants, 4 when some
 * wait for pulls that the source does not allow yet.
 */
export function applyOutcome(
  { config, images, applied, unwanted, warnings: found, brought }: ApplyRun,
  budget: BudgetReport | undefined,
  now: Date,
): Outcome {
  const warnings = [...unwanted, ...found];
  const failures = applied.flatMap(({ destination, result }) => failureProblems(destination.name, result));
  const without = applied.some(({ result }) => result.waiting.length > 0) ? ExitCode.budget : ExitCode.done;
  return {
    exitCode: failures.length > 0 ? ExitCode.failed : unwanted.length > 0 ? ExitCode.stale : without,
    text: [...applied.map(appliedText), ...broughtText(brought), ...waitingText(budget, now)].join('\n'),
    json: {
      ...applyJson(config, images, applied, warnings),
      ...(brought && { since: brought.since, changes: changesJson(brought.changes) }),
      ...defined({ budget }),
    },
    problems: [...warnings, ...failures],
    summary: summaryOf(
      (maxLength) => summarizeApply(applied.map(appliedAt), maxLength, brought),
      [...warnings, ...waitingProblems(budget, now)],
    ),
  };
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
    ...defined({ deep }),
    requests,
    sources,
    failures: result.failures,
  }));
  const total = (count: (entry: (typeof each)[number]) => number) => each.reduce((sum, entry) => sum + count(entry), 0);
  return {
    schema: 'mirrorlock/apply/v2',
    source: placeParts(config.source).host,
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

/** What it brought, in one line: the summary and the report have all of it. */
function broughtText(brought: AppliedChanges | undefined): string[] {
  return brought === undefined ? [] : [`Since ${brought.since}: ${titleOf(brought.changes.diff)}`];
}

function appliedAt({ destination, result, requests }: Applied) {
  return { destination: destinationText(destination), result, countedPulls: requests.source.countedPulls };
}

function counts({ copied, mended, tagged, unchanged, failures, waiting }: ApplyResult) {
  return {
    copied,
    ...defined({ mended }),
    tagged,
    unchanged,
    failed: failures.length,
    waiting: waiting.length,
  };
}

function appliedText({ destination, result, requests, sources, deep }: Applied): string {
  const { copied, mended = 0, tagged, unchanged, failed, waiting } = counts(result);
  const failedText = failed > 0 ? `, ${counted(failed, 'group')} failed` : '';
  const waitingText = waiting > 0 ? `, ${counted(waiting, 'group')} ${waiting === 1 ? 'waits' : 'wait'}` : '';
  const mendedText = deep === undefined ? '' : `${mended} mended, `;
  const done = `${counted(copied, 'group')} copied, ${mendedText}${counted(tagged, 'tag')} put, ${unchanged} unchanged${failedText}${waitingText}`;
  const total = `${destinationText(destination)}: ${done} (${counted(requests.source.countedPulls, 'counted pull')})`;
  const gave = sources.filter(({ manifests, bytes }) => manifests > 0 || bytes > 0);
  const looked = deep === undefined ? [] : [`  ${deepText(deep)}`];
  return [total, ...looked, ...gave.map(placeText)].join('\n');
}

function placeText({ place, manifests, bytes }: PlaceReport): string {
  return `  from ${place}: ${counted(manifests, 'manifest')}, ${bytesText(bytes)}`;
}
