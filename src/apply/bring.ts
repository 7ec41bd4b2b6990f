import type { Digest, ImageName } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { type Attempt, attempt } from './attempt.ts';
import { contentsOf } from './contents.ts';
import { copyBatches, type ReadManifest } from './copy-batches.ts';
import { type Need, type Obtained, readAtSource } from './obtain.ts';
import type { ApplyPorts, CopyItem, CopyResult, DestinationManifests, SourceManifests } from './types.ts';

/** Why each manifest that is not at the destination, or may not be, is not. */
export type Missing = ReadonlyMap<Digest, Problem>;

/**
 * Sees to it that what groups of one image need is at the destination: asks for each manifest, reads those that are
 * absent once, copies them, and asks again. The destination's word counts, not the copier's.
 *
 * @param whole whether an index with all its children may be one item to copy
 */
export async function bring(
  image: ImageName,
  groups: readonly Obtained[],
  { source, destination, copier }: ApplyPorts,
  whole: boolean,
): Promise<Missing> {
  const needs = [...new Map(groups.flatMap((group) => group.needs.map((need) => [need.digest, need]))).values()];
  const before = await ask(image, needs, destination);
  const read = await readAll(image, before.absent, source);
  const batches = copyBatches(image, groups, read.manifests, whole);
  const reasons = new Map<Digest, Problem>(read.problems);
  const copying = batches.map(async (items) => ({ items, result: await attempt(() => copier.copy(items)) }));
  for (const { items, result } of await Promise.all(copying)) noteReasons(reasons, items, result);
  const after = await ask(image, before.absent, destination);
  const foreign = new Set(read.manifests.filter(({ hasForeign }) => hasForeign).map(({ need }) => need.digest));
  const absent = after.absent.map(({ digest }) => {
    const reason = reasons.get(digest) ?? notArrived(digest);
    return [digest, foreign.has(digest) ? maybeForForeign(reason) : reason] as const;
  });
  return new Map([...before.problems, ...after.problems, ...absent]);
}

/** Asks the destination for manifests by HEAD. */
async function ask(image: ImageName, needs: readonly Need[], destination: DestinationManifests) {
  const heads = await Promise.all(
    needs.map(async (need) => ({ need, head: await attempt(() => destination.head(image, need.digest)) })),
  );
  return {
    absent: heads.flatMap(({ need, head }) => (head.ok && head.value === undefined ? [need] : [])),
    problems: heads.flatMap(({ need, head }) => (head.ok ? [] : [[need.digest, head.problem] as const])),
  };
}

/** Reads manifests at the source: what they hold has to be known before they are copied. */
async function readAll(image: ImageName, needs: readonly Need[], source: SourceManifests) {
  const readOne = async (need: Need): Promise<ReadManifest> => ({
    need,
    ...contentsOf(await readAtSource(image, need.digest, source)),
  });
  const all = await Promise.all(needs.map(async (need) => ({ need, read: await attempt(() => readOne(need)) })));
  return {
    manifests: all.flatMap(({ read }) => (read.ok ? [read.value] : [])),
    problems: all.flatMap(({ need, read }) => (read.ok ? [] : [[need.digest, read.problem] as const])),
  };
}

/** Why what one copy was to bring may be absent: the reason of its own item, else that of the whole. */
function noteReasons(reasons: Map<Digest, Problem>, items: readonly CopyItem[], result: Attempt<CopyResult>): void {
  for (const { digest, manifests } of items) {
    const problem = result.ok ? (result.value.itemProblems.get(digest) ?? result.value.problem) : result.problem;
    if (problem !== undefined) for (const manifest of manifests) reasons.set(manifest, problem);
  }
}

/** distribution answers 400 or 500 to `urls` that it is not told to take (measured with 2.8.2), and gives no reason. */
function maybeForForeign(problem: Problem): Problem {
  if (!['skopeo/server', 'skopeo/refused'].includes(problem.code)) return problem;
  return {
    ...problem,
    code: 'apply/foreign-layers',
    message: 'The destination did not take an image with foreign layers, which stand elsewhere (`urls`).',
    hint: 'Let the registry take them (distribution: `validation.manifests.urls.allow`), or leave the platform out by `platforms`.',
  };
}

/** A manifest that is not at the destination, for no reason that anybody gave. */
function notArrived(digest: Digest): Problem {
  const message = 'A manifest did not arrive at the destination, and the copy gave no reason.';
  return { code: 'apply/not-arrived', severity: 'error', message, value: digest };
}
