import { resolve } from 'node:path';
import { exportClient } from '../airgap/export-client.ts';
import { exportedPart, otherThanLocked } from '../airgap/match.ts';
import { type CheckedExport, readExport } from '../airgap/read-export.ts';
import { applyPlan } from '../apply/apply.ts';
import { unlimitedScheduler } from '../apply/limit/scheduler.ts';
import { openSources } from '../apply/source/reader.ts';
import type { ApplyResult } from '../apply/types.ts';
import type { Destination, Source } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import { type Problem, UserError } from '../core/problem.ts';
import type { LockedImage } from '../lock/types.ts';
import { look } from '../plan/look.ts';
import { makePlan } from '../plan/plan.ts';
import type { RegistryClient } from '../registry/types.ts';
import { failureProblems } from '../report/failures.ts';
import { checkMachine } from '../runs/apply/machine.ts';
import { withTransfer } from '../runs/apply/transfer.ts';
import { openWritable, withClient } from '../session/clients.ts';
import { byteTeller, type Context, type Outcome, rememberLast } from '../session/context.ts';
import {
  type AtDestination,
  atEach,
  chooseDestinations,
  destinationProblems,
  destinationText,
  failuresJson,
} from '../session/destinations.ts';
import { openLocked } from '../session/mirror-repository.ts';
import { headDigest } from '../session/selection.ts';
import { openConfig } from '../session/workspace.ts';

export interface ImportOptions {
  /** The folder of the export. */
  readonly folder: string;
  readonly destinations?: readonly string[];
  /** The git revision whose lockfile counts; absent: that of the work tree. */
  readonly at?: string;
  /** Transfers side by side. */
  readonly jobs: number;
}

/**
 * Brings an export to the destinations, as apply brings images from a source: children and blobs, then indexes, then
 * tags. A destination that cannot be reached holds back no other. All files of the export are read first, and an export
 * that holds what the lockfile here does not name is refused.
 */
export async function importImages(context: Context, options: ImportOptions): Promise<Outcome> {
  const config = await openConfig(context);
  const { lockfile, warnings: stale } = await openLocked(context, config, options.at);
  const destinations = chooseDestinations(config, options.destinations);
  const path = resolve(context.workingDirectory, options.folder);
  const checked = await readExport(path, context.progress);
  const others = otherThanLocked(checked.record, lockfile);
  if (others.length > 0) throw new UserError(others);
  const { images, absent } = exportedPart(checked.record, lockfile);
  const machine = await checkMachine(context, images, { destinations });
  const { done: imported, failures: unreached } = await atEach(destinations, (destination) =>
    importAt(context, checked, destination, images, options),
  );
  const failures = [
    ...destinationProblems(unreached, 'got nothing of the export'),
    ...imported.flatMap(({ destination, value }) => failureProblems(destination.name, value)),
  ];
  const warnings = [...config.warnings, ...stale, ...machine.warnings, ...absentWarnings(absent)];
  return {
    exitCode: failures.length > 0 ? ExitCode.failed : ExitCode.done,
    text: imported.map(importedText).join('\n'),
    json: {
      schema: 'mirrorlock/import/v1',
      folder: path,
      images: images.length,
      absentTags: absent,
      destinations: imported.map(({ destination, value }) => ({
        name: destination.name,
        counts: counts(value),
        failures: value.failures,
      })),
      ...failuresJson(unreached),
      warnings,
    },
    problems: [...warnings, ...failures],
  };
}

/** Looks at one destination, and brings what it lacks. */
function importAt(
  context: Context,
  checked: CheckedExport,
  destination: Destination,
  images: readonly LockedImage[],
  { jobs }: ImportOptions,
): Promise<ApplyResult> {
  const { namespace } = destination;
  const source: Source = { registry: { host: checked.path, insecure: false }, namespace: '', alternates: [] };
  const work = async (client: RegistryClient) => {
    const sources = openSources({ place: source, client: exportClient(checked) }, []);
    const states = await look(images, headDigest(client, namespace), context.progress);
    const progress = rememberLast(context.progress);
    const transfer = { sources, destination, client, states, jobs, ...byteTeller(progress) };
    return withTransfer(context, transfer, (ports) =>
      applyPlan(makePlan(states), ports, unlimitedScheduler(false), progress),
    );
  };
  return withClient(context, destination, work, openWritable);
}

function importedText({ destination, value }: AtDestination<ApplyResult>): string {
  const { copied, tagged, unchanged, failed } = counts(value);
  const failedText = failed > 0 ? `, ${failed} groups failed` : '';
  return `${destinationText(destination)}: ${copied} groups copied, ${tagged} tags put, ${unchanged} unchanged${failedText}`;
}

function counts({ copied, tagged, unchanged, failures }: ApplyResult) {
  return { copied, tagged, unchanged, failed: failures.length };
}

function absentWarnings(absent: number): Problem[] {
  if (absent === 0) return [];
  const message = `The lockfile names ${absent} tags that the export does not have: they stay as they are.`;
  return [{ code: 'airgap/part-of-lockfile', severity: 'warning', message }];
}
