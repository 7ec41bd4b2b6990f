import type { Problem } from '../core/problem.ts';

/** More than this nobody reads. */
const mostProblems = 100;

/** Problems in the order in which they stand in the file, errors first where there are too many to show. */
export function inFileOrder(problems: readonly Problem[], file: string): Problem[] {
  if (problems.length <= mostProblems) return problems.toSorted(byPlace);
  const shown = problems.toSorted(bySeverity).slice(0, mostProblems).toSorted(byPlace);
  const message = `There are ${problems.length - mostProblems} more problems.`;
  return [...shown, { code: 'config/more', severity: 'error', message, place: { file } }];
}

function byPlace({ place: one }: Problem, { place: other }: Problem): number {
  return (one?.line ?? 0) - (other?.line ?? 0) || (one?.column ?? 0) - (other?.column ?? 0);
}

function bySeverity({ severity: one }: Problem, { severity: other }: Problem): number {
  return Number(one === 'warning') - Number(other === 'warning');
}
