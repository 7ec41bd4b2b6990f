// The bot on real history: `npm run bench:rehearsal -- --days 30 --images alpine,redis`; in its rendered workflows, with
// evidence: `--reasons`, of some images or of `--images all`.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { cleanUp, cleanUpOnInterrupt } from '../../test/support/cleanup.ts';
import { type Rehearsal, rehearse } from '../../test/support/rehearsal/rehearse.ts';
import { seconds, table } from '../lib/table.ts';
import { reasons } from './reasons.ts';

const bundle = fileURLToPath(new URL('../../../shared/data/official-images.bundle', import.meta.url));
const slice = 'alpine,archlinux,haproxy,rabbitmq,redis,traefik,ubuntu';
const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    images: { type: 'string' },
    reasons: { type: 'boolean', default: false },
  },
});

cleanUpOnInterrupt();
try {
  if (existsSync(bundle)) await main();
  else console.log('skipped: official-images.bundle is absent');
} finally {
  await cleanUp();
}

async function main(): Promise<void> {
  await execa('node', ['scripts/build.mjs'], { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  const days = Number(values.days);
  if (values.reasons) {
    const holds = await reasons({ bundle, days, ...(values.images === undefined ? {} : { images: values.images }) });
    if (!holds) process.exitCode = 1;
    return;
  }
  const start = performance.now();
  const options = { bundle, days, images: (values.images ?? slice).split(','), tell: console.error };
  const result = await rehearse(options);
  console.log(report(result, performance.now() - start));
  if (result.failures.length > 0) process.exitCode = 1;
}

function report(result: Rehearsal, ms: number): string {
  const fates = [...new Set(result.fates)].map(
    (fate) => `${fate} ${result.fates.filter((one) => one === fate).length}`,
  );
  const rows: [string, string | number][] = [
    ['steps of six hours', result.steps],
    ['in which upstream had moved', result.moved],
    ['rebuilds without a diff', result.rebuilds],
    ['tags published a step late', result.late],
    ['pull requests opened', result.opened],
    ['updated', result.updated],
    ['closed by the bot', result.closedByBot],
    ['left alone while open', result.leftAlone],
    ['commits of the bot', result.commits],
    ['API requests that read', result.apiReads],
    ['API requests that write', result.apiWrites],
    ['applies', result.applies],
    ['digests applied', result.appliedDigests],
    ['counted pulls by lock', result.pullsByLock],
    ['counted pulls by apply', result.pullsByApply],
    ['s', seconds(ms)],
  ];
  const { failures } = result;
  return [
    table(['rehearsal', ''], rows),
    '',
    table(
      ['decision', 'steps'],
      [...result.decisions].sort(([, a], [, b]) => b - a),
    ),
    '',
    `people: ${fates.join(', ')}`,
    ...failures.map((failure) => `FAILS: ${failure}`),
    ...(failures.length === 0
      ? ['holds: never a second open pull request, a lost edit, a tag that no merged lockfile has, a needless commit']
      : []),
  ].join('\n');
}
