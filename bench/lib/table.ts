import Table from 'cli-table3';

/** A table without borders: the first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const plain = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  const aligned = head.map((_, index) => (index === 0 ? ('left' as const) : ('right' as const)));
  const drawn = new Table({
    head: [...head],
    chars: plain,
    colAligns: aligned,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) drawn.push(row.map(String));
  return drawn.toString();
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
