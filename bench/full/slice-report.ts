import { kib, seconds, table } from '../lib/table.ts';
import {
  type Distance,
  distances,
  regsyncName,
  type SliceCost,
  type SliceResult,
  type SliceRun,
  sliceRuns,
} from './slice.ts';

/** The ways side by side, and whether mirrorlock is ahead in each. */
export function sliceReport({ images, costs, skipped }: SliceResult): string {
  const head = `(b) ${images.length} of the images (${images.join(', ')}), by each way`;
  const parts = distances.flatMap((distance) => {
    const there = costs.filter((cost) => cost.distance === distance);
    return [
      distanceText(distance),
      '',
      costTable(there),
      '',
      ...sliceRuns.flatMap((run) => verdicts(there, run, distance)),
      '',
    ];
  });
  return [head, '', ...skipped, ...parts].join('\n');
}

function distanceText({ sourceMs, destinationMs }: Distance): string {
  if (sourceMs === 0 && destinationMs === 0) return 'Both registries on the loopback, which makes all computing:';
  return `Each answer of the source ${sourceMs} ms later, of the destination ${destinationMs} ms:`;
}

function costTable(costs: readonly SliceCost[]): string {
  return table(
    ['way', 'run', 's', 'counted pulls', 'source requests', 'KiB from the source', 'destination requests', 'KiB to it'],
    costs.map(({ way, run, ms, source, destination }) => [
      way,
      run,
      seconds(ms),
      source.manifestGet,
      source.requests,
      kib(bytesFrom({ source })),
      destination.requests,
      kib(destination.blobBytesReceived + destination.manifestBytesReceived),
    ]),
  );
}

function verdicts(costs: readonly SliceCost[], run: SliceRun, distance: Distance): string[] {
  const [ours, ...others] = costs.filter((cost) => cost.run === run);
  if (ours === undefined) throw new Error(`There is no measure of "${run}".`);
  return others.map((other) => {
    const mostTime = other.way === regsyncName ? distance.mostOfRegsync[run] : 1;
    const ratios = [
      ['time', ours.ms / other.ms, mostTime],
      ['pulls', ratio(ours.source.manifestGet, other.source.manifestGet), 1],
      ['bytes', ratio(bytesFrom(ours), bytesFrom(other)), 1],
    ] as const;
    const isWithin = ratios.every(([, value, most]) => value <= most);
    const text = ratios.map(([name, value, most]) => `${name} ${value.toFixed(2)} (at most ${most})`).join(', ');
    return `${isWithin ? 'holds' : 'FAILS'}: ${run}: mirrorlock over ${other.way}: ${text}`;
  });
}

/** Two that cost nothing are equal. */
function ratio(ours: number, theirs: number): number {
  return ours === 0 && theirs === 0 ? 1 : ours / theirs;
}

function bytesFrom({ source }: Pick<SliceCost, 'source'>): number {
  return source.blobBytesSent + source.manifestBytesSent;
}
