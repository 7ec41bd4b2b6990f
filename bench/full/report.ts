import { kib, seconds, table } from '../lib/table.ts';
import { atLeast, atMost } from '../lib/verdict.ts';
import { commitBefore } from './before.ts';
import type { WholeRun } from './whole.ts';

const mostRatio = 1.02;
const mostMib = 200;
const leastOfBare = 0.7;
/** What the first apply of the whole library may ask of the destination. */
const mostDestinationRequests = 135_000;
const mostOfTimeBefore = 0.6;

/** The tables of a run over the whole library, and whether it shows what it must. */
export function wholeReport(run: WholeRun): string {
  const { images, tags, manifests, blobs, buildMs } = run.world;
  const head = `(a) ${images} images, ${tags} tags, ${manifests} manifests, ${blobs} blobs; built in ${seconds(buildMs)} s`;
  return [head, '', costTable(run.steps), '', rateTable(run.rates), '', ...verdicts(run)].join('\n');
}

function costTable(steps: WholeRun['steps']): string {
  const columns: (readonly [string, (step: WholeRun['steps'][number]) => string | number])[] = [
    ['step', ({ name }) => name],
    ['s', ({ ms }) => seconds(ms)],
    ['MiB at most', ({ peakMib }) => (peakMib ?? 0).toFixed(0)],
    ['counted pulls', ({ source }) => source.manifestGet],
    ['by tag', ({ source }) => source.manifestGetByTag],
    ['over distinct', ({ manifestRatio }) => manifestRatio.toFixed(3)],
    ['source HEADs', ({ source }) => source.manifestHead],
    ['blob GETs', ({ source }) => source.blobGet],
    ['blob KiB', ({ source }) => kib(source.blobBytesSent)],
    ['over distinct', ({ blobRatio }) => blobRatio.toFixed(3)],
    ['dest. requests', ({ destination }) => destination.requests],
    ['HEADs', ({ destination }) => destination.manifestHead],
    ['GETs', ({ destination }) => destination.manifestGet],
    ['PUTs', ({ destination }) => destination.manifestPut],
    ['uploads', ({ destination }) => destination.uploadPost],
    ['mounts', ({ destination }) => destination.mounted],
  ];
  return table(
    columns.map(([name]) => name),
    steps.map((step) => columns.map(([, value]) => value(step))),
  );
}

function rateTable(rates: WholeRun['rates']): string {
  return table(
    ['tags a second, at the destination itself', 'mirrorlock', 'bare client', 'ratio'],
    rates.map(({ name, tool, bare }) => [
      name,
      tool?.toFixed(0) ?? '',
      bare.toFixed(0),
      tool === undefined ? '' : (tool / bare).toFixed(2),
    ]),
  );
}

function verdicts({ steps, rates, before }: WholeRun): string[] {
  const named = (name: string) => {
    const step = steps.find((candidate) => candidate.name === name);
    if (step === undefined) throw new Error(`The step "${name}" is missing.`);
    return step;
  };
  const first = named('apply, first');
  const ratios = ['apply, first', 'apply, a day later'].flatMap((name) => [
    atMost(`${name}: bytes of blobs over distinct`, named(name).blobRatio, mostRatio, 3),
    atMost(`${name}: GETs of manifests over distinct`, named(name).manifestRatio, mostRatio, 3),
  ]);
  const peak = Math.max(...steps.map(({ peakMib }) => peakMib ?? 0));
  return [
    ...ratios,
    atMost('apply, first: requests at the destination', first.destination.requests, mostDestinationRequests, 0),
    atMost('apply, unchanged: counted pulls', named('apply, unchanged').source.manifestGet, 0, 0),
    atMost('memory of the tool, in MiB', peak, mostMib, 0),
    ...rates.flatMap(({ name, tool, bare }) =>
      tool === undefined ? [] : [atLeast(`${name} over a bare client`, tool / bare, leastOfBare)],
    ),
    'skipped' in before
      ? `skipped: time of apply, first, over ${commitBefore}: ${before.skipped}`
      : atMost(
          `apply, first: ${seconds(first.ms)} s over ${seconds(before.ms)} s of ${commitBefore}`,
          first.ms / before.ms,
          mostOfTimeBefore,
        ),
  ];
}
