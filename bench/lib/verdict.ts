/** A line that says whether a figure is at most what it may be. */
export function atMost(text: string, value: number, most: number, digits = 2): string {
  return `${value <= most ? 'holds' : 'FAILS'}: ${text}: ${value.toFixed(digits)} (at most ${most})`;
}

/** A line that says whether a figure is at least what it must be. */
export function atLeast(text: string, value: number, least: number, digits = 2): string {
  return `${value >= least ? 'holds' : 'FAILS'}: ${text}: ${value.toFixed(digits)} (at least ${least})`;
}

/** The middle one of some figures. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
