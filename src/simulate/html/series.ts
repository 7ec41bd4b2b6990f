import type { SeriesPoint, SimulationReport } from '../report-types.ts';
import type { Point } from './charts.ts';

/** So many columns are told apart on a screen and on paper. */
const mostColumns = 122;
const dayLength = 86_400_000;

/** Sums or peaks of a series by spans of whole days, as many as fit; spans in which nothing happened are 0. */
export function bySpan(
  { inputs }: SimulationReport,
  series: readonly SeriesPoint[],
  pick: (point: SeriesPoint) => number,
  join: (one: number, other: number) => number,
): { readonly days: number; readonly points: readonly Point[] } {
  const begin = Date.parse(inputs.firstRun);
  const total = Math.max(1, (Date.parse(inputs.lastRun) - begin) / dayLength);
  const days = Math.ceil(total / mostColumns);
  const values = new Array<number>(Math.ceil(total / days)).fill(0);
  for (const point of series) {
    // A run tells of the window that it ends.
    const elapsed = Date.parse(point.at) - 1 - begin;
    const span = Math.min(values.length - 1, Math.max(0, Math.floor(elapsed / dayLength / days)));
    values[span] = join(values[span] ?? 0, pick(point));
  }
  const label = (index: number) => new Date(begin + index * days * dayLength).toISOString().slice(0, 10);
  return { days, points: values.map((value, index) => ({ label: label(index), value })) };
}
