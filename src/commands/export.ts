import { resolve } from 'node:path';
import { describeExport, type Earlier, unfinish, writeExport } from '../airgap/finish.ts';
import { openBlobFolder } from '../airgap/folder.ts';
import { withExportFolder } from '../airgap/prepare.ts';
import { readEarlier } from '../airgap/read-export.ts';
import type { ExportRecord } from '../airgap/record.ts';
import type { ApplyResult } from '../apply/types.ts';
import type { Config, Source } from '../config/types.ts';
import { bytesText } from '../core/bytes.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import { lockedGroups } from '../lock/types.ts';
import { failureProblems } from '../report/failures.ts';
import { checkMachine, withoutRefused } from '../runs/apply/machine.ts';
import { type Exported, fillExport } from '../runs/export-fill.ts';
import type { Context, Outcome } from '../session/context.ts';
import { chooseDestinations } from '../session/destinations.ts';
import { openLocked } from '../session/mirror-repository.ts';
import { type Target, targetImages } from '../session/selection.ts';
import { openConfig } from '../session/workspace.ts';

export interface ExportOptions extends Target {
  /** The folder to export to. */
  readonly folder: string;
  /** An earlier export, its folder or its record: what it had is left out. */
  readonly since?: string;
  /** The name of a destination to read from, instead of the source. */
  readonly from?: string;
  /** Transfers side by side. */
  readonly jobs: number;
}

/** What an export holds in the end, when it is finished. */
interface Finished {
  readonly record: ExportRecord;
  /** Of what it holds (bytes). */
  readonly bytes: number;
}

/**
 * Writes what the lockfile names into a folder, as an OCI layout, for a place without a network. What is
 * there already is not asked for again, so that a run goes on where one before it ended.
 */
export async function exportImages(context: Context, options: ExportOptions): Promise<Outcome> {
  const config = await openConfig(context);
  const { lockfile, warnings: stale } = await openLocked(context, config, options.at);
  const images = targetImages(lockfile, options).filter((image) => lockedGroups(image).length > 0);
  const wanted = sourceOf(config, options.from);
  const machine = await checkMachine(context, images, { source: wanted, alternates: wanted.alternates });
  const source = withoutRefused(wanted, machine.refusedAlternates);
  const since = await earlierOf(context, options);
  const path = resolve(context.workingDirectory, options.folder);
  const warnings = [...config.warnings, ...stale, ...machine.warnings];
  return withExportFolder(path, async () => {
    await unfinish(path);
    const folder = await openBlobFolder(path);
    const { store, ...exported } = await fillExport(context, source, images, folder, since?.record, options.jobs);
    const { failures, waiting } = exported.result;
    let finished: Finished | undefined;
    if (failures.length === 0 && waiting.length === 0) {
      const record = await describeExport(images, lockfile, store, folder, since);
      await writeExport(record, folder);
      finished = { record, bytes: folder.digests().reduce((sum, digest) => sum + (folder.size(digest) ?? 0), 0) };
    }
    return outcomeOf(path, exported, finished, warnings);
  });
}

function outcomeOf(
  path: string,
  { result, requests, sources, problems }: Exported,
  finished: Finished | undefined,
  warnings: readonly Problem[],
): Outcome {
  const failures = failureProblems(path, result);
  const dropped = [...sources.flatMap((place) => place.dropped ?? []), ...problems];
  return {
    exitCode: failures.length > 0 ? ExitCode.failed : finished === undefined ? ExitCode.budget : ExitCode.done,
    text: `${path}: ${finished === undefined ? unfinishedText(result) : finishedText(finished)} (${requests.source.countedPulls} counted pulls)`,
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
  return `${groups} groups of ${images} images with ${tags} tags${rest}; ${files} files, ${bytesText(bytes)}`;
}

function unfinishedText({ failures, waiting }: ApplyResult): string {
  return `not finished: ${failures.length} groups failed, ${waiting.length} wait; run again to go on`;
}

/** What is read from: a destination holds the same digests, and has no limit of pulls. */
function sourceOf(config: Config, from: string | undefined): Source {
  if (from === undefined) return config.source;
  const [{ registry, namespace } = config.source] = chooseDestinations(config, [from]);
  return { registry, namespace, alternates: [], budget: { pulls: 'unlimited' } };
}

async function earlierOf({ workingDirectory }: Context, { since }: ExportOptions): Promise<Earlier | undefined> {
  return since === undefined ? undefined : readEarlier(resolve(workingDirectory, since));
}
