import { distance } from 'fastest-levenshtein';
import { named, namedList } from './words.ts';

/** The most that two words may differ, as a part of the shorter one's length: 2 letters of 4, and 1 of fewer. */
const tolerance = 0.4;
const segmentCost = 0.5;
/** No tag is longer; comparing takes time by the product of the lengths. */
const longestQuery = 128;
/** How many names a hint lists where none of them is near. */
const mostListed = 16;

/**
 * The candidates that `query` may have meant, nearest first, at most `limit`; those that are too far off are left out.
 * Near is: few letters differ, it begins so, or each part between `-` is near one of its parts (`temurin` and
 * `eclipse-temurin`). Case does not matter.
 */
export function nearest<Text extends string>(query: string, candidates: Iterable<Text>, limit = 3): Text[] {
  if (query === '' || query.length > longestQuery) return [];
  const wanted = query.toLowerCase();
  return [...candidates]
    .map((candidate) => ({ candidate, cost: costOf(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, cost }) => cost <= mostCost(wanted, candidate))
    .sort(
      (one, other) =>
        one.cost - other.cost ||
        one.candidate.length - other.candidate.length ||
        (one.candidate < other.candidate ? -1 : 1),
    )
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** `Did you mean …?` in the one way that this project says it; undefined where nothing is meant. */
export function didYouMean(meant: readonly string[]): string | undefined {
  return meant.length === 0 ? undefined : `Did you mean ${namedList(meant)}?`;
}

/**
 * The hint for a name that is not among `candidates`: the one that it probably was meant to be, else which there are (that
 * begin so, where several do), of many only the first. Undefined where there are none.
 */
export function unknownNameHint(word: string, candidates: readonly string[]): string | undefined {
  const begun = word === '' ? [] : candidates.filter((candidate) => candidate.startsWith(word));
  if (begun.length > 1) return listOf(begun);
  return didYouMean(nearest(word, candidates, 1)) ?? listOf(candidates);
}

function listOf(words: readonly string[]): string | undefined {
  if (words.length > mostListed) return `There are ${namedList(words, mostListed)}.`;
  const [last, ...others] = words.map(named).reverse();
  if (last === undefined) return undefined;
  return others.length === 0 ? `There is ${last}.` : `There are ${others.reverse().join(', ')} and ${last}.`;
}

function mostCost(wanted: string, candidate: string): number {
  return Math.max(1, Math.round(Math.min(wanted.length, candidate.length) * tolerance));
}

function costOf(wanted: string, candidate: string): number {
  const begun = candidate.startsWith(wanted) ? segmentCost : Number.POSITIVE_INFINITY;
  return Math.min(begun, distance(wanted, candidate), segmentsCost(wanted.split('-'), candidate.split('-')));
}

function segmentsCost(wanted: readonly string[], candidate: readonly string[]): number {
  if (wanted.length > candidate.length) return Number.POSITIVE_INFINITY;
  const differing = wanted.map((segment) => Math.min(...candidate.map((other) => distance(segment, other))));
  return differing.reduce((sum, cost) => sum + cost, segmentCost * (candidate.length - wanted.length + 1));
}
