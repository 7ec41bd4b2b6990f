import type { Digest, ImageName } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { type Attempt, attempt } from './attempt.ts';
import { makeBatches } from './batches.ts';
import type { Need } from './obtain.ts';
import type { ApplyPorts, CopyResult } from './types.ts';

/** What came of bringing children to a destination. */
export interface Brought {
  /** Why each child that is not at the destination, or may not be, is not. */
  readonly problems: ReadonlyMap<Digest, Problem>;
  /** Manifests asked at the source by GET. */
  readonly manifestGets: number;
}

/**
 * Sees to it that children of one image are at the destination: asks for each, copies each that is absent once, and
 * asks again. The destination's word counts, not the copier's.
 */
export async function bring(
  image: ImageName,
  children: readonly Need[],
  { destination, copier }: Pick<ApplyPorts, 'destination' | 'copier'>,
): Promise<Brought> {
  const needed = [...new Map(children.map((child) => [child.digest, child])).values()];
  const ask = async (child: Need) => ({
    child,
    head: await attempt(() => destination.head(image, child.digest)),
  });

  const before = await Promise.all(needed.map(ask));
  const absent = before.filter(({ head }) => head.ok && head.value === undefined).map(({ child }) => child);
  const batches = await Promise.all(
    makeBatches(absent).map(async (digests) => ({
      digests,
      result: await attempt(() => copier.copy(digests.map((digest) => ({ image, digest })))),
    })),
  );
  const reasons = new Map(batches.flatMap(({ digests, result }) => reasonsOf(digests, result)));
  const after = await Promise.all(absent.map(ask));

  const problems = new Map<Digest, Problem>();
  for (const { child, head } of before) if (!head.ok) problems.set(child.digest, head.problem);
  for (const { child, head } of after) {
    if (!head.ok) problems.set(child.digest, head.problem);
    else if (head.value === undefined)
      problems.set(child.digest, reasons.get(child.digest) ?? notArrived(child.digest));
  }
  const manifestGets = batches.reduce((sum, { result }) => sum + (result.ok ? result.value.manifestGets : 0), 0);
  return { problems, manifestGets };
}

/** Why the items of one copy may be absent: the reason of their own, else that of the whole. */
function reasonsOf(digests: readonly Digest[], result: Attempt<CopyResult>): [Digest, Problem][] {
  return digests.flatMap((digest) => {
    const problem = result.ok ? (result.value.itemProblems.get(digest) ?? result.value.problem) : result.problem;
    return problem === undefined ? [] : [[digest, problem]];
  });
}

/** A manifest that is not at the destination, for no reason that anybody gave. */
export function notArrived(digest: Digest): Problem {
  const message = 'A manifest did not arrive at the destination, and the copy gave no reason.';
  return { code: 'apply/not-arrived', severity: 'error', message, value: digest };
}
