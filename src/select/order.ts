import type { Rule } from '../config/types.ts';
import type { Place, Problem } from '../core/problem.ts';

/** Compares by code units: the same on every machine, whatever its language. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Compares by file, line and column; what has no place comes last. */
function comparePlaces(one: Place | undefined, other: Place | undefined): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return (
    compareText(one.file, other.file) || (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0)
  );
}

/** The rules sorted by place. */
export function sortRules(rules: Iterable<Rule>): readonly Rule[] {
  return [...rules].sort((one, other) => comparePlaces(one.place, other.place) || one.index - other.index);
}

/** The problems sorted by place, then by what they say. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const content = ({ code, value, message, hint }: Problem) => [code, value, message, hint].join('\n');
  return [...problems].sort(
    (one, other) => comparePlaces(one.place, other.place) || compareText(content(one), content(other)),
  );
}
