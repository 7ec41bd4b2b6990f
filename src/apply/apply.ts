import PQueue from 'p-queue';
import { noProgress, type Progress } from '../core/progress.ts';
import type { Plan, PlannedGroup } from '../plan/types.ts';
import { ensurePresent } from './ensure-present.ts';
import { applyGroup, type GroupResult } from './group.ts';
import { usedUp } from './source/pull-gate.ts';
import { type ApplyPorts, type ApplyResult, budgetCode, type GroupFailure, type WorkResult } from './types.ts';

/** Says which groups of a plan are begun when. */
export interface Scheduler {
  /** What the work is called in its progress. */
  readonly title: string;
  /** How many groups are worked on at once. */
  readonly atOnce: number;
  /** The groups to apply next, of those that are pending; none when no more can be done in this run. It may wait for pulls. */
  next(pending: readonly PlannedGroup[]): Promise<readonly PlannedGroup[]>;
  /** Told what came of them, and which of them wait for pulls. */
  ended(batch: readonly PlannedGroup[], result: WorkResult): Promise<void>;
}

/**
 * Carries out a plan at one destination, batch by batch as the scheduler says, the groups of a batch side by side; the ports
 * bound their requests and transfers. A group that fails does not stop the others. The destination is the only state: a run
 * that was killed is resumed by planning and applying again.
 *
 * @throws what a port throws and is no UserError: an interrupt. What had begun then is not waited for.
 */
export async function applyPlan(
  plan: Plan,
  ports: ApplyPorts,
  scheduler: Scheduler,
  progress: Progress = noProgress,
): Promise<ApplyResult> {
  const task = progress.start(scheduler.title, plan.groups.length);
  const ensure = ensurePresent(ports);
  const results: WorkResult[] = [];
  let pending = [...plan.groups];
  for (let batch = await scheduler.next(pending); batch.length > 0; batch = await scheduler.next(pending)) {
    const result = await applyBatch(batch, scheduler.atOnce, async (group) => {
      task.advance(0, nameOf(group));
      const done = await applyGroup(group, ports, ensure);
      if (!isWaiting(done)) task.advance(1, nameOf(group), { failed: done.failure !== undefined });
      return done;
    });
    const waiting = new Set(result.waiting.map(groupKey));
    pending = pending.filter((group) => !batch.includes(group) || waiting.has(groupKey(group)));
    results.push({ ...result, waiting: [] });
    await scheduler.ended(batch, result);
  }
  task.end();
  const waiting = pending.map(waitingGroup);
  return { ...sumResults(results), waiting, unchanged: plan.unchanged };
}

async function applyBatch(
  batch: readonly PlannedGroup[],
  atOnce: number,
  work: (group: PlannedGroup) => Promise<GroupResult>,
): Promise<WorkResult> {
  const queue = new PQueue({ concurrency: atOnce });
  try {
    const results = await Promise.all(batch.map((group) => queue.add(() => work(group))));
    const unsuccessful = results.flatMap(({ failure }) => failure ?? []);
    return {
      copied: batch.filter(({ copy }, index) => copy && results[index]?.failure === undefined).length,
      mended: batch.filter(({ mend }, index) => mend !== undefined && results[index]?.failure === undefined).length,
      tagged: results.reduce((sum, { tagged }) => sum + tagged, 0),
      failures: unsuccessful.filter(({ problem }) => problem.code !== budgetCode),
      waiting: unsuccessful.filter(({ problem }) => problem.code === budgetCode),
    };
  } finally {
    queue.clear();
  }
}

/** A group as people name it: by its first tag, where it has one to put. */
function nameOf({ image, put: [first] }: PlannedGroup): string {
  return first === undefined ? image : `${image}:${first.tag}`;
}

/** Tells a group from others of a plan. */
export function groupKey({ image, digest }: Pick<PlannedGroup, 'image' | 'digest'>): string {
  return `${image}@${digest}`;
}

function isWaiting({ failure }: GroupResult): boolean {
  return failure?.problem.code === budgetCode;
}

function sumResults(results: readonly WorkResult[]): WorkResult {
  const sum = (count: (result: WorkResult) => number) => results.reduce((total, result) => total + count(result), 0);
  const mended = sum((result) => result.mended ?? 0);
  return {
    copied: sum(({ copied }) => copied),
    ...(mended > 0 ? { mended } : {}),
    tagged: sum(({ tagged }) => tagged),
    failures: results.flatMap(({ failures }) => failures),
    waiting: results.flatMap(({ waiting }) => waiting),
  };
}

function waitingGroup({ image, digest, put }: PlannedGroup): GroupFailure {
  const [problem] = usedUp().problems;
  if (problem?.code !== budgetCode) throw new Error('what waits has no reason');
  return { image, digest, tags: put.map(({ tag }) => tag), problem };
}
