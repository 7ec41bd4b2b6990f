import { seconds, table } from '../lib/table.ts';
import { atLeast, atMost } from '../lib/verdict.ts';
import { type BulkCost, type BulkResult, ways } from './bulk.ts';
import type { BulkSet } from './bulk-images.ts';

const leastOfRegsync = 0.9;
const leastOfSkopeo = 1.2;
const mostCpuSecondsEachGib = 5;
const mostMib = 160;

/** The ways side by side, and whether mirrorlock keeps up with them. */
export function bulkReport({ costs, skipped }: BulkResult): string {
  const sets = [...new Set(costs.map(({ set }) => set))];
  return [
    '(c) Large layers, from one registry to another, without a proxy between',
    '',
    ...skipped,
    table(
      ['way', 'layers', 's', 'MB/s', 'CPU s a GiB', 'MiB at most'],
      costs.map((cost) => [
        cost.way,
        setText(cost.set),
        seconds(cost.ms),
        rate(cost).toFixed(0),
        cpuEachGib(cost).toFixed(1),
        cost.peakMib?.toFixed(0) ?? '',
      ]),
    ),
    '',
    ...sets.flatMap((set) => verdicts(costs.filter((cost) => cost.set === set))),
  ].join('\n');
}

function setText({ images, layersEach, layerMib }: BulkSet): string {
  return `${images * layersEach} of ${layerMib} MiB`;
}

function verdicts(costs: readonly BulkCost[]): string[] {
  const of = (way: BulkCost['way']) => costs.find((cost) => cost.way === way);
  const [ours, regsync, skopeo] = [of(ways.ours), of(ways.regsync), of(ways.skopeo)];
  if (ours === undefined) throw new Error('There is no measure of mirrorlock.');
  const layers = setText(ours.set);
  const over = (other: BulkCost | undefined, least: number) =>
    other === undefined ? [] : [atLeast(`${layers}: MB/s over ${other.way}`, rate(ours) / rate(other), least)];
  return [
    ...over(regsync, leastOfRegsync),
    ...over(skopeo, leastOfSkopeo),
    atMost(`${layers}: CPU seconds of the tool a GiB`, cpuEachGib(ours), mostCpuSecondsEachGib, 1),
    atMost(`${layers}: memory of the tool, in MiB`, ours.peakMib ?? Number.NaN, mostMib, 0),
  ];
}

function rate({ bytes, ms }: BulkCost): number {
  return bytes / 1e6 / (ms / 1000);
}

function cpuEachGib({ bytes, cpuMs }: BulkCost): number {
  return cpuMs / 1000 / (bytes / 2 ** 30);
}
