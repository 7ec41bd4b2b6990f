/** Bytes for people, in decimal units, as registries bill them: `312 MB`, `1.2 GB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  for (const [unit, size] of units) if (bytes < size * 999.5) return `${rounded(bytes / size)} ${unit}`;
  return `${rounded(bytes / 1e12)} TB`;
}

const units = [
  ['kB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
] as const;

/** Two digits at least: `1.2`, `12`, `312`. */
function rounded(value: number): string {
  return value < 9.95 ? value.toFixed(1) : value.toFixed(0);
}
