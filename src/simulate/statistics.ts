/** Of values that were counted once a run. */
export interface Spread {
  readonly total: number;
  readonly median: number;
  readonly p90: number;
  readonly most: number;
}

/** Median and 90th percentile are values that occur (nearest rank); of no values all are 0. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
  return { total: sum(sorted), median: rank(0.5), p90: rank(0.9), most: sorted.at(-1) ?? 0 };
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** A whole number with commas between thousands; others with one decimal. */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: Number.isInteger(value) ? 0 : 1 });
}
