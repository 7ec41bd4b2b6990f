import type { Digest } from '../core/names.ts';
import { counted } from '../core/words.ts';
import { isRewritten } from '../lock/types.ts';
import type { PlannedGroup } from './types.ts';

/** What is known of digests before the source is asked for them. */
export interface Knowledge {
  /** The children of a group's index; none for a single manifest; `undefined` where nobody has read it yet. */
  children(group: PlannedGroup): readonly Digest[] | undefined;
  /** Whether a manifest need not be pulled: the destination has it, or an earlier run kept it. */
  has(group: PlannedGroup, digest: Digest): boolean;
  /** Bytes of the blobs that a manifest names, where it is known. */
  blobs(digest: Digest): readonly { readonly digest: Digest; readonly size: number }[] | undefined;
}

/** What one group takes of the source: distinct manifests. */
export interface GroupCost {
  /** What has to be pulled, as far as it is known. */
  readonly digests: readonly Digest[];
  /** Whether these are all. */
  readonly exact: boolean;
  /** How many there will be: their number, or where it is not exact what such an index usually takes. */
  readonly expected: number;
}

/** What some groups take of the source together, each manifest once. */
export interface Estimate {
  readonly groups: number;
  /** The manifests that are known to be pulled. */
  readonly digests: ReadonlySet<Digest>;
  readonly atLeast: number;
  /** With what indexes that nobody has read usually take. */
  readonly expected: number;
  /** Whether both are the exact number. */
  readonly exact: boolean;
  /** Bytes of the distinct blobs of those manifests that are known, and how many manifests are not. */
  readonly bytes: { readonly known: number; readonly unknownManifests: number };
}

/** What a source allows at a moment. Without a limit `limit` and `left` are infinite. */
export interface BudgetState {
  /** Pulls in a window. */
  readonly limit: number;
  readonly left: number;
  readonly windowMs: number;
  /** When a pull comes back, in milliseconds since the epoch; absent: not known, a window from now at the latest. */
  readonly freeAt?: number;
}

/** How long pulls will take. */
export interface Forecast {
  /** Windows in which there is something to pull, the present one included; 0: nothing is to be pulled. */
  readonly windows: number;
  /** When the last window begins, in milliseconds since the epoch: what is left is then done in one run. */
  readonly doneAt: number;
}

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

/**
 * In how many windows pulls are done, and when: what is left of this window goes first, then whole windows. A run that
 * starts as soon as pulls come back uses each window wholly, since it begins the next group in part where none fits. Pure.
 *
 * @param now in milliseconds since the epoch
 */
export function forecast(pulls: number, { limit, left, windowMs, freeAt }: BudgetState, now: number): Forecast {
  if (pulls === 0) return { windows: 0, doneAt: now };
  if (pulls <= left) return { windows: 1, doneAt: now };
  const inThis = Math.max(0, left);
  const later = Math.ceil((pulls - inThis) / limit);
  const next = Math.max(now, freeAt ?? now + windowMs);
  return { windows: (inThis > 0 ? 1 : 0) + later, doneAt: next + (later - 1) * windowMs };
}

/**
 * The order in which groups are begun where not all fit: images that the configuration puts first; then groups to which a
 * tag moves that people have already, before new ones; cheap before dear; else the order of the lockfile. Groups that are
 * at the destination, and only want tags, cost nothing and go before all. Pure.
 *
 * @param first patterns of images that go first
 * @param expected the counted pulls that a group is expected to take
 */
export function budgetOrder(
  groups: readonly PlannedGroup[],
  first: readonly { matches(image: string): boolean }[],
  expected: (group: PlannedGroup) => number,
): PlannedGroup[] {
  const rankOf = ({ image }: PlannedGroup) => {
    const index = first.findIndex((pattern) => pattern.matches(image));
    return index === -1 ? first.length : index;
  };
  const keyed = groups.map((group, index) => ({
    group,
    key: [takesPulls(group) ? 1 : 0, rankOf(group), movesATag(group) ? 0 : 1, expected(group), index],
  }));
  return keyed.sort((one, other) => compare(one.key, other.key)).map(({ group }) => group);
}

/** Whether a tag of the group is at the destination already, and points at something else. */
function movesATag({ put }: PlannedGroup): boolean {
  return put.some(({ replaces }) => replaces !== undefined);
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A number of pulls; `atLeast` and `expected` are equal where it is exact. */
export interface PullsJson {
  readonly atLeast: number;
  readonly expected: number;
  readonly exact: boolean;
}

/** Pulls in words: `12 counted pulls`, or `at least 3 counted pulls, about 33`. */
export function pullsText({ atLeast, expected, exact }: PullsJson): string {
  return exact ? counted(atLeast, 'counted pull') : `at least ${counted(atLeast, 'counted pull')}, about ${expected}`;
}

/** What destinations take together: a manifest that several lack is pulled once. */
export function sumEstimates(estimates: readonly Estimate[]): PullsJson {
  const atLeast = new Set(estimates.flatMap(({ digests }) => [...digests])).size;
  const guessed = estimates.map((one) => one.expected - one.atLeast);
  return {
    atLeast,
    // Where nobody has read the indexes, destinations mostly lack the same ones.
    expected: atLeast + Math.max(0, ...guessed),
    exact: estimates.every(({ exact }) => exact),
  };
}
