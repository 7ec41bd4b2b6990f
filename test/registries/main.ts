// The end-to-end tests between registries of several kinds, each as source and as destination: `npm run test:registries`.
import { execa } from 'execa';
import { table } from '../../bench/lib/table.ts';
import { cleanUp, cleanUpOnInterrupt } from '../support/cleanup.ts';
import { registryKinds } from './kinds.ts';
import { runPair, type StepResult, stepNames } from './pair.ts';

cleanUpOnInterrupt();
try {
  await execa('node', ['scripts/build.mjs'], { cwd: new URL('../..', import.meta.url).pathname });
  const { kinds, skipped } = await registryKinds();
  const pairs = kinds.flatMap((source) => kinds.map((destination) => ({ source, destination })));
  const rows: { name: string; results: StepResult[] }[] = [];
  for (const { source, destination } of pairs) {
    const name = `${source.name} → ${destination.name}`;
    console.error(name);
    rows.push({ name, results: await runPair(source, destination) });
  }
  console.log(report(rows));
  for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}.`);
  const all = rows.flatMap(({ results }) => results);
  const failed = all.filter(({ ok }) => !ok).length;
  console.log(`${all.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
} finally {
  await cleanUp();
}

/** A line for each pair, a column for each step; below it what went wrong, whole. */
function report(rows: readonly { name: string; results: readonly StepResult[] }[]): string {
  const cell = ({ ok, said }: StepResult) => (ok ? (said === '' ? 'ok' : said) : 'FAILS');
  const lines = rows.map(({ name, results }) => [name, ...results.map(cell)]);
  const failures = rows.flatMap(({ name, results }) =>
    results.filter(({ ok }) => !ok).map(({ step, said }) => `FAILS: ${name}: ${step}: ${said}`),
  );
  return [table(['source → destination', ...stepNames], lines), ...failures].join('\n');
}
