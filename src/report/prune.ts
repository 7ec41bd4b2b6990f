import { prunePolicyOf } from '../config/policy.ts';
import type { Destination } from '../config/types.ts';
import { byCause } from '../core/causes.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import { counted, legend, someOf } from '../core/words.ts';
import type { Pruned } from '../prune/prune-at.ts';
import type { DroppedTag } from '../prune/types.ts';
import type { PrunedAt, PruneRun } from '../runs/prune.ts';
import type { Outcome } from '../session/context.ts';
import { destinationText } from '../session/destinations.ts';

/**
 * The outcome of a prune. Exit code 1 where something could not be deleted, 3 where a destination's owner has to do something
 * before anything is, 4 where more waits.
 */
export function pruneOutcome({ config, dryRun, most, pruned, warnings: found }: PruneRun): Outcome {
  const warnings = [...config.warnings, ...found];
  const failures = pruned.flatMap(({ destination, result }) => failureProblems(destination, result));
  const isWaiting = pruned.some(({ result, ...one }) => result.waiting.length > 0 && (dryRun || !one.dryRun));
  return {
    exitCode: exitCodeOf(failures.length > 0, !dryRun && found.some(needsOwner), isWaiting),
    text: [...pruned.map((one) => prunedText(one, dryRun)), ...legendOf(pruned, dryRun)].join('\n'),
    json: {
      schema: 'mirrorlock/prune/v1',
      dryRun,
      afterSeconds: prunePolicyOf(config).afterMs / 1_000,
      ceiling: most,
      destinations: pruned.map(({ destination: { name }, result, ...one }) => ({
        name,
        deleted: one.dryRun && !dryRun ? [] : result.deleted.map(tagJson),
        ...(one.dryRun && !dryRun ? { wouldDelete: result.deleted.map(tagJson) } : {}),
        kept: result.kept.map(tagJson),
        waiting: result.waiting.map(tagJson),
        later: one.later.map(({ from, ...tag }) => ({ ...tagJson(tag), from: new Date(from).toISOString() })),
        failures: result.failures.map(({ tags, problem }) => ({ tags: tags.map(tagJson), problem })),
      })),
      warnings,
    },
    problems: [...warnings, ...failures],
  };
}

function needsOwner({ code }: Problem): boolean {
  return code === 'prune/no-marks' || code === 'prune/not-exclusive';
}

function exitCodeOf(hasFailed: boolean, needsOwner: boolean, isWaiting: boolean): ExitCode {
  if (hasFailed) return ExitCode.failed;
  if (needsOwner) return ExitCode.stale;
  return isWaiting ? ExitCode.budget : ExitCode.done;
}

/** A tag with the day on which it left, in place of milliseconds. */
function tagJson<One extends DroppedTag>({ left, ...tag }: One) {
  return { ...tag, left: new Date(left).toISOString() };
}

/** What happened at a destination; where all is asked about (`tellsLater`), also what waits until when. */
function prunedText({ destination, result, dryRun, later }: PrunedAt, tellsLater: boolean): string {
  const { deleted, kept, waiting } = result;
  const name = ({ image, tag }: DroppedTag) => `${image}:${tag}`;
  const rest = waiting.length === 0 ? '' : `, ${waiting.length} wait for the next run`;
  const young = later.length === 0 ? '' : `, ${later.length} wait until they left long enough ago`;
  return [
    `${destinationText(destination)}: ${counted(deleted.length, 'tag')} ${dryRun ? 'would be ' : ''}deleted, ${kept.length} kept${rest}${young}`,
    ...deleted.map((tag) => `  ${dryRun ? 'delete ' : 'deleted'}  ${name(tag)}  left ${day(tag)}`),
    ...kept.map(
      (tag) => `  kept     ${name(tag)}  ${tag.reason === 'moved' ? 'has another digest now' : `${tag.by} uses it`}`,
    ),
    ...waiting.map((tag) => `  waits    ${name(tag)}  left ${day(tag)}`),
    ...(tellsLater ? later.map((tag) => `  waits    ${name(tag)}  until ${day({ left: tag.from })}`) : []),
  ].join('\n');
}

/** What the words before the names mean, those that are there. */
function legendOf(pruned: readonly PrunedAt[], tellsLater: boolean): string[] {
  const waits = ({ result, later }: PrunedAt) => result.waiting.length > 0 || (tellsLater && later.length > 0);
  return legend([
    ['kept', 'left the lockfile, and is not deleted', pruned.some(({ result }) => result.kept.length > 0)],
    ['waits', 'is deleted by a later run', pruned.some(waits)],
    [
      'left',
      'when a merged lockfile dropped it',
      pruned.some(({ result }) => result.deleted.length + result.waiting.length > 0),
    ],
  ]);
}

function day({ left }: Pick<DroppedTag, 'left'>): string {
  return new Date(left).toISOString().slice(0, 10);
}

/** What could not be deleted at a destination: each cause once, with the tags that it kept. */
function failureProblems({ name }: Destination, { failures }: Pruned): Problem[] {
  const about = ({ tags, problem }: Pruned['failures'][number]) => ({
    problem,
    names: tags.map(({ image }) => image),
    tags: tags.map(({ tag }) => tag),
  });
  return byCause(failures, about).map(({ problem, stopped }) => {
    const tags = stopped.flatMap((failure) => failure.tags).map(({ image, tag }) => `${image}:${tag}`);
    const count = stopped.length > 1 ? `${counted(tags.length, 'tag')} (${someOf(tags)})` : tags.join(', ');
    return { ...problem, message: `${count} at ${name}: ${problem.message}` };
  });
}
