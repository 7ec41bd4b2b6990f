import type { Digest } from '../../core/names.ts';
import { isRewritten } from '../../lock/types.ts';
import type { PlannedGroup } from '../types.ts';
import type { Estimate, GroupCost, Knowledge } from './types.ts';

/** Manifests of an index that nobody has read, itself included, where no other is known: five platforms, each attested. */
const usualManifests = 11;

/**
 * What a group takes of the source: its index, unless that is made here, and the children that nobody has. Pure.
 *
 * @param usual how many manifests an index that nobody has read takes, itself included
 */
export function groupCost(group: PlannedGroup, knowledge: Knowledge, usual = usualManifests): GroupCost {
  if (!group.copy) {
    const pulled = group.mend?.pulled ?? [];
    return { digests: pulled, exact: true, expected: pulled.length };
  }
  const own = isRewritten(group) ? [] : [group.digest];
  const children = knowledge.children(group);
  const needed = [...new Set([...own, ...(children ?? [])])].filter((digest) => !knowledge.has(group, digest));
  const exact = children !== undefined;
  return { digests: needed, exact, expected: exact ? needed.length : Math.max(usual, needed.length) };
}

/** Whether a group may have to be read at the source. Pure. */
export function takesPulls({ copy, mend }: Pick<PlannedGroup, 'copy' | 'mend'>): boolean {
  return copy || (mend?.pulled.length ?? 0) > 0;
}

/** What an index takes on average, itself included, of those that are known; `undefined` where none is. Pure. */
export function usualCost(groups: readonly PlannedGroup[], knowledge: Knowledge): number | undefined {
  const known = groups.flatMap((group) => knowledge.children(group) ?? []);
  const indexes = groups.filter((group) => knowledge.children(group) !== undefined).length;
  return indexes === 0 ? undefined : Math.ceil(known.length / indexes) + 1;
}

/** What groups take of the source together: a manifest that several need is pulled once. Pure. */
export function estimate(groups: readonly PlannedGroup[], knowledge: Knowledge): Estimate {
  const usual = usualCost(groups, knowledge);
  const costs = groups.filter(takesPulls).map((group) => groupCost(group, knowledge, usual));
  const distinct = new Set(costs.flatMap(({ digests }) => digests));
  const guessed = costs.reduce((sum, { expected, digests }) => sum + expected - digests.length, 0);
  return {
    groups: costs.length,
    digests: distinct,
    atLeast: distinct.size,
    expected: distinct.size + guessed,
    exact: costs.every(({ exact }) => exact),
    bytes: knownBytes(groups, knowledge, distinct),
  };
}

function knownBytes(
  groups: readonly PlannedGroup[],
  knowledge: Knowledge,
  pulled: ReadonlySet<Digest>,
): Estimate['bytes'] {
  const wanted = new Set([
    ...pulled,
    ...groups.flatMap((group) => (group.copy ? (knowledge.children(group) ?? []) : [])),
  ]);
  const sizes = new Map<Digest, number>();
  let unknownManifests = 0;
  for (const digest of wanted) {
    const blobs = knowledge.blobs(digest);
    if (blobs === undefined) unknownManifests += 1;
    else for (const blob of blobs) sizes.set(blob.digest, blob.size);
  }
  return { known: [...sizes.values()].reduce((sum, size) => sum + size, 0), unknownManifests };
}
