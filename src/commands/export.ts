import type { ApplyResult } from '../apply/types.ts';
import { bytesText } from '../core/bytes.ts';
import { ExitCode } from '../core/exit-code.ts';
import { counted } from '../core/words.ts';
import { failureProblems } from '../report/failures.ts';
import { type ExportOptions, type ExportRun, type Finished, runExport } from '../runs/export.ts';
import type { Context, Outcome } from '../session/context.ts';

/** Exports what the lockfile names. Exit code 1 where something failed, 3 where tags are locked that no rule wants, 4 where something waits for pulls. Throws as `runExport` does. */
export async function exportImages(context: Context, options: ExportOptions): Promise<Outcome> {
  return outcomeOf(await runExport(context, options));
}

function outcomeOf({ path, exported, finished, unwanted, warnings: found }: ExportRun): Outcome {
  const { result, requests, sources, problems } = exported;
  const failures = failureProblems(path, result);
  const warnings = [...unwanted, ...found];
  const whole = unwanted.length > 0 ? ExitCode.stale : ExitCode.done;
  const dropped = [...sources.flatMap((place) => place.dropped ?? []), ...problems];
  return {
    exitCode: failures.length > 0 ? ExitCode.failed : finished === undefined ? ExitCode.budget : whole,
    text: `${path}: ${finished === undefined ? unfinishedText(result) : finishedText(finished)} (${counted(requests.source.countedPulls, 'counted pull')})`,
    json: {
      schema: 'mirrorlock/export/v1',
      folder: path,
      finished: finished !== undefined,
      ...(finished === undefined ? {} : { counts: counts(finished) }),
      requests,
      sources,
      failures: result.failures,
      waiting: result.waiting,
      warnings: [...warnings, ...dropped],
    },
    problems: [...warnings, ...dropped, ...failures],
  };
}

function counts({ record, bytes }: Finished) {
  const groups = record.images.flatMap((image) => image.groups.map((group) => ({ ...group, earlier: image.earlier })));
  const here = new Set(record.images.flatMap((image) => image.here));
  return {
    images: record.images.length,
    groups: groups.length,
    tags: groups.reduce((sum, { tags }) => sum + tags.length, 0),
    leftOut: groups.filter(({ digest, earlier }) => earlier.includes(digest)).length,
    files: here.size,
    bytes,
  };
}

function finishedText(finished: Finished): string {
  const { images, groups, tags, leftOut, files, bytes } = counts(finished);
  const rest = leftOut === 0 ? '' : `, ${leftOut} of them in an earlier export`;
  return `${counted(groups, 'group')} of ${counted(images, 'image')} with ${tags} tags${rest}; ${counted(files, 'file')}, ${bytesText(bytes)}`;
}

function unfinishedText({ failures, waiting }: ApplyResult): string {
  return `not finished: ${counted(failures.length, 'group')} failed, ${waiting.length} wait; run again to go on`;
}
