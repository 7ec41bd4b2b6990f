import { textTable } from '../../src/core/text-table.ts';

/** A table without borders: the first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return textTable(
    head,
    rows.map((row) => row.map(String)),
  );
}

/** Seconds with one decimal, from milliseconds. */
export const seconds = (ms: number) => (ms / 1000).toFixed(1);

/** Bytes in KiB. */
export const kib = (bytes: number) => Math.round(bytes / 1024);

/** Runs the work and gives how long it took (ms). */
export async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
