import { type ExportStore, exportStore, newGroups } from '../airgap/export-store.ts';
import type { BlobFolder } from '../airgap/folder.ts';
import { layoutReceiver } from '../airgap/layout-receiver.ts';
import type { ExportRecord } from '../airgap/record.ts';
import { applyPlan } from '../apply/apply.ts';
import { transferQueue } from '../apply/blobs/queue.ts';
import { directEngine } from '../apply/engine.ts';
import { hasPullLimit } from '../apply/limit/allowance.ts';
import { unlimitedScheduler } from '../apply/limit/scheduler.ts';
import type { ApplyResult, PlaceReport } from '../apply/types.ts';
import type { Source } from '../config/types.ts';
import type { Problem } from '../core/problem.ts';
import { type LockedImage, lockedGroups } from '../lock/types.ts';
import { look } from '../plan/look.ts';
import { makePlan } from '../plan/plan.ts';
import type { HeadDigest } from '../plan/types.ts';
import { byteTeller, type Context, rememberLast } from '../session/context.ts';
import { beginBudget, openBudget, openSourcesOf, type Probe } from '../session/source-session.ts';

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
export async function fillExport(
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
