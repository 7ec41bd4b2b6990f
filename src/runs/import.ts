import { resolve } from 'node:path';
import { exportClient } from '../airgap/export-client.ts';
import { exportedPart, otherThanLocked } from '../airgap/match.ts';
import { type CheckedExport, readExport } from '../airgap/read-export.ts';
import { applyPlan } from '../apply/apply.ts';
import { unlimitedScheduler } from '../apply/limit/scheduler.ts';
import { openSources } from '../apply/source/reader.ts';
import type { ApplyResult } from '../apply/types.ts';
import type { Destination, Source } from '../config/types.ts';
import { type Problem, UserError } from '../core/problem.ts';
import type { LockedImage } from '../lock/types.ts';
import { look } from '../plan/look.ts';
import { makePlan } from '../plan/plan.ts';
import type { RegistryClient } from '../registry/types.ts';
import { openWritable, withClient } from '../session/clients.ts';
import { byteTeller, type Context, rememberLast } from '../session/context.ts';
import { type AtDestination, atEach, chooseDestinations, type DestinationFailure } from '../session/destinations.ts';
import { lockfileAt } from '../session/locked.ts';
import { checkReviewed, type ReviewChoice } from '../session/reviewed.ts';
import { headDigest } from '../session/selection.ts';
import { openConfig } from '../session/workspace.ts';
import { checkMachine } from './apply/machine.ts';
import { withTransfer } from './apply/transfer.ts';

export interface ImportOptions extends ReviewChoice {
  /** The folder of the export. */
  readonly folder: string;
  readonly destinations?: readonly string[];
  /** Transfers side by side. */
  readonly jobs: number;
}

/** What was brought where. */
export interface ImportRun {
  /** The folder of the export, absolute. */
  readonly path: string;
  readonly images: readonly LockedImage[];
  /** Tags of the lockfile that the export does not have. */
  readonly absent: number;
  readonly imported: readonly AtDestination<ApplyResult>[];
  readonly unreached: readonly DestinationFailure[];
  /** That the lockfile holds tags that no rule wants: they were not put. */
  readonly unwanted: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Brings an export to the destinations, as apply brings images from a source: children and blobs, then indexes, then
 * tags. Unreachable destinations are reported and skipped. All files of the export are read first, and an export
 * that holds what the lockfile here does not name is refused.
 */
export async function runImport(context: Context, options: ImportOptions): Promise<ImportRun> {
  const config = await openConfig(context);
  const { lockfile, wanted, unwanted, warnings: stale } = await lockfileAt(context, config, options.at);
  const unreviewed = await checkReviewed(context, config, options);
  const destinations = chooseDestinations(config, options.destinations);
  const path = resolve(context.workingDirectory, options.folder);
  const checked = await readExport(path, context.progress);
  const others = otherThanLocked(checked.record, lockfile);
  if (others.length > 0) throw new UserError(others);
  const { images, absent } = exportedPart(checked.record, wanted);
  const machine = await checkMachine(context, images, { destinations });
  const { done: imported, failures: unreached } = await atEach(destinations, (destination) =>
    importAt(context, checked, destination, images, options),
  );
  const warnings = [...config.warnings, ...unreviewed, ...stale, ...machine.warnings];
  return { path, images, absent, imported, unreached, unwanted, warnings };
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
