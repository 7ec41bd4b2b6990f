// Seeded faults, and kills at certain requests: `npm run bench:soak -- --seeds 200 --from 1 --jobs 2`; a failure is repeated by its seed.
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import PQueue from 'p-queue';
import { cleanUp, cleanUpOnInterrupt } from '../../test/support/cleanup.ts';
import { runSchedule, type ScheduleResult } from '../../test/support/soak/schedule.ts';
import { soakWorld } from '../../test/support/soak/world.ts';
import { seconds, table } from '../lib/table.ts';

/** Failures of one seed; the rest says no more. */
const mostShown = 10;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
  },
});
const [count, first, jobs] = [Number(values.seeds), Number(values.from), Number(values.jobs)];

cleanUpOnInterrupt();
try {
  await execa('node', ['scripts/build.mjs'], { cwd: new URL('../..', import.meta.url).pathname });
  const world = await soakWorld();
  const queue = new PQueue({ concurrency: jobs });
  const results: ScheduleResult[] = [];
  const seeds = Array.from({ length: count }, (_, index) => String(first + index));
  await queue.addAll(
    seeds.map((seed) => async () => {
      const result = await runSchedule(world, seed);
      results.push(result);
      const blows = result.blows.map(({ blow, moment }) => `${blow} at ${moment}`).join(', ');
      console.error(
        `seed ${seed}: ${seconds(result.ms)} s, ${results.length} of ${count} done; ${blows || 'no kills'}`,
      );
      for (const failure of result.failures.slice(0, mostShown)) console.log(`FAILS: seed ${seed}: ${failure}`);
      if (result.failures.length > mostShown) console.log(`  and ${result.failures.length - mostShown} more`);
      if (result.failures.length > 0) console.log(`repeat it: npm run bench:soak -- --seeds 1 --from ${seed}`);
    }),
  );
  console.log(report(results));
  if (results.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
} finally {
  await cleanUp();
}

function report(results: readonly ScheduleResult[]): string {
  const total = (value: (result: ScheduleResult) => number) => results.reduce((sum, one) => sum + value(one), 0);
  const kinds = (names: readonly string[]) =>
    [...new Set(names)]
      .sort()
      .map((name) => `${name} ${names.filter((one) => one === name).length}`)
      .join(', ');
  const faults = new Map<string, number>();
  for (const result of results) {
    for (const [kind, number] of Object.entries(result.faults)) faults.set(kind, (faults.get(kind) ?? 0) + number);
  }
  const blows = results.flatMap((one) => one.blows);
  const failed = results.filter(({ failures }) => failures.length > 0);
  return [
    table(
      ['soak', ''],
      [
        ['schedules', results.length],
        ['runs of apply among faults', total(({ runs }) => runs)],
        ['faults met', [...faults.values()].reduce((sum, number) => sum + number, 0)],
        ['kills and restarts planned', total(({ planned }) => planned)],
        ['that came before the run ended', blows.length],
        ['in the middle of a transfer', blows.filter(({ transfers }) => transfers > 0).length],
        ['schedules that took a second run to be whole', results.filter(({ lastRuns }) => lastRuns > 1).length],
        [
          'schedules with what no client can mend, and is named',
          results.filter((one) => one.unmendable.length > 0).length,
        ],
        ['probes of every tag', total(({ probes }) => probes)],
        ['GETs of manifests, all runs', total(({ manifestGets }) => manifestGets)],
        ['the longest schedule, s', seconds(Math.max(...results.map(({ ms }) => ms)))],
        ['all schedules, s', seconds(total(({ ms }) => ms))],
      ],
    ),
    '',
    `faults: ${[...faults]
      .sort()
      .map(([kind, number]) => `${kind} ${number}`)
      .join(', ')}`,
    `kills: ${kinds(blows.map(({ blow }) => blow))}`,
    `in the middle of a transfer: ${kinds(blows.flatMap(({ blow, transfers }) => (transfers > 0 ? blow : [])))}`,
    `at which requests: ${kinds(blows.map(({ moment }) => moment))}`,
    failed.length === 0
      ? `holds: all ${results.length} schedules ended as the lockfile says`
      : `FAILS: ${failed.length} of ${results.length} schedules: seeds ${failed.map(({ seed }) => seed).join(', ')}`,
  ].join('\n');
}
