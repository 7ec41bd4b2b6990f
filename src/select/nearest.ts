import { distance } from 'fastest-levenshtein';
import { compareText } from './tag-version.ts';

/** The most that a candidate may differ, as a part of the query's length. */
const tolerance = 0.4;
const segmentCost = 0.5;
/** No tag is longer; comparing takes time by the product of the lengths. */
const longestQuery = 128;

/**
 * The candidates that `query` may have meant, nearest first, at most `limit`; those that are too far off are left out.
 * Near is: few letters differ, it begins so, or each part between `-` is near one of its parts (`temurin` and
 * `eclipse-temurin`).
 */
export function nearest<Text extends string>(query: string, candidates: Iterable<Text>, limit = 3): Text[] {
  if (query === '' || query.length > longestQuery) return [];
  const wanted = query.toLowerCase();
  const most = Math.ceil(wanted.length * tolerance);
  return [...candidates]
    .map((candidate) => ({ candidate, cost: costOf(wanted, candidate.toLowerCase()) }))
    .filter(({ cost }) => cost <= most)
    .sort(
      (one, other) =>
        one.cost - other.cost ||
        one.candidate.length - other.candidate.length ||
        compareText(one.candidate, other.candidate),
    )
    .slice(0, limit)
    .map(({ candidate }) => candidate);
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
