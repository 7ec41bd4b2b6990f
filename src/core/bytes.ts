const units = ['kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in decimal units, as registries bill them: `1.2 GB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length);
  const unit = units[power - 1];
  return unit === undefined ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${unit}`;
}

/** Bytes of which a short line shows the progress, in two or three digits: `312 MB`, `1.2 GB`. */
export function shortBytesText(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  const power = [1, 2, 3].find((each) => bytes < 1000 ** each * 999.5) ?? units.length;
  const value = bytes / 1000 ** power;
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${units[power - 1]}`;
}
