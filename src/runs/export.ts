import { resolve } from 'node:path';
import { type ExportStore, exportStore, newGroups } from '../airgap/export-store.ts';
import { describeExport, type Earlier, unfinish, writeExport } from '../airgap/finish.ts';
import { type BlobFolder, openBlobFolder } from '../airgap/folder.ts';
import { layoutReceiver } from '../airgap/layout-receiver.ts';
import { withExportFolder } from '../airgap/prepare.ts';
import { readEarlier } from '../airgap/read-export.ts';
import type { ExportRecord } from '../airgap/record.ts';
import { applyPlan } from '../apply/apply.ts';
import { transferQueue } from '../apply/blobs/queue.ts';
import { directEngine } from '../apply/engine.ts';
import { hasPullLimit } from '../apply/limit/allowance.ts';
import { unlimitedScheduler } from '../apply/limit/scheduler.ts';
import type { ApplyResult, PlaceReport } from '../apply/types.ts';
import type { Config, Source } from '../config/types.ts';
import type { Problem } from '../core/problem.ts';
import { type LockedImage, lockedGroups } from '../lock/types.ts';
import { look } from '../plan/look.ts';
import { makePlan } from '../plan/plan.ts';
import type { HeadDigest } from '../plan/types.ts';
import { byteTeller, type Context, rememberLast } from '../session/context.ts';
import { chooseDestinations } from '../session/destinations.ts';
import { lockfileAt } from '../session/locked.ts';
import { type Target, targetImages } from '../session/selection.ts';
import { beginBudget, openBudget, openSourcesOf, type Probe } from '../session/source-session.ts';
import { openConfig } from '../session/workspace.ts';
import { checkMachine, withoutRefused } from './apply/machine.ts';

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
export interface Finished {
  readonly record: ExportRecord;
  /** Of what it holds (bytes). */
  readonly bytes: number;
}

/** What was exported. */
export interface ExportRun {
  /** The folder, absolute. */
  readonly path: string;
  readonly exported: Exported;
  /** Absent where something failed or waits. */
  readonly finished: Finished | undefined;
  /** That the lockfile holds tags that no rule wants: they were left out. */
  readonly unwanted: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Writes what the lockfile names into a folder, as an OCI layout, for a place without a network. What is
 * there already is not asked for again, so that a run goes on where one before it ended.
 */
export async function runExport(context: Context, options: ExportOptions): Promise<ExportRun> {
  const config = await openConfig(context);
  const { wanted: lockfile, unwanted, warnings: stale } = await lockfileAt(context, config, options.at);
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
    return { path, exported, finished, unwanted, warnings };
  });
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

/** What was brought into an export, and what it took. */
export interface Exported {
  readonly result: ApplyResult;
  readonly requests: { readonly source: { readonly countedPulls: number; readonly heads: number } };
  readonly sources: readonly PlaceReport[];
  /** Why what was pulled is not kept. */
  readonly problems: readonly Problem[];
}

/**
 * Brings what locked images need into the folder of an export, as apply brings it to a destination: each distinct
 * manifest is asked for once, and within the budget of the source.
 */
async function fillExport(
  context: Context,
  source: Source,
  images: readonly LockedImage[],
  folder: BlobFolder,
  since: ExportRecord | undefined,
  jobs: number,
): Promise<Exported & { readonly store: ExportStore }> {
  const store = exportStore(folder, since);
  const budget = await openBudget(context, source);
  const sources = openSourcesOf(context, source, budget.allowance, { store: budget.store });
  try {
    const head: HeadDigest = async (image, reference) => (await store.head(image, reference))?.digest;
    const wanted = newGroups(images, store);
    const plan = makePlan(await look(wanted, head));
    if (plan.groups.some(({ copy }) => copy)) {
      await beginBudget(budget, sources.client, source.namespace, probeOf(wanted));
    }
    const progress = rememberLast(context.progress);
    const receiver = await layoutReceiver({
      ...{ store, folder, places: sources.places, queue: transferQueue(jobs), signal: context.signal },
      ...byteTeller(progress),
    });
    const engine = directEngine({ source: sources.manifests, receiver });
    const ports = { source: sources.manifests, destination: store, engine };
    const scheduler = unlimitedScheduler(await hasPullLimit(plan, sources.manifests));
    const result = await applyPlan(plan, ports, scheduler, progress).finally(async () => {
      await engine.close();
      await receiver.close();
    });
    const { manifestGet, manifestHead } = sources.client.counts;
    const requests = { source: { countedPulls: manifestGet, heads: manifestHead } };
    return { result, requests, sources: sources.reports(), problems: budget.problems(), store };
  } finally {
    await sources.close();
  }
}

function probeOf(images: readonly LockedImage[]): Probe | undefined {
  const [image] = images;
  const [group] = lockedGroups(image);
  return image && group && { image: image.image, reference: group.index?.children[0]?.digest ?? group.digest };
}
