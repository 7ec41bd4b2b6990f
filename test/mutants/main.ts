// `npm run mutants -- [stage…]`: changes the code of pure stages in many small ways (mutants), one at a time, and runs the
// stage's own tests. A mutant that no test notices survives, and shows what is untold. Prints the survivors and a table;
// the exit code is 1 where a stage is below the threshold. Takes from one to thirty minutes a stage.
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';
import { table } from '../../bench/lib/table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const threshold = 90;

interface Stage {
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

const stages: Readonly<Record<string, Stage>> = {
  diff: { files: ['src/diff/*.ts'], tests: ['test/diff/*.test.ts'] },
  // Not the file that writes to a disk.
  lock: {
    files: ['src/lock/**/*.ts', '!src/lock/file.ts'],
    tests: ['test/lock/!(file).test.ts'],
  },
  plan: { files: ['src/plan/*.ts'], tests: ['test/plan/*.test.ts'] },
  platforms: { files: ['src/platforms/*.ts'], tests: ['test/platforms/*.test.ts'] },
  resolve: { files: ['src/resolve/*.ts'], tests: ['test/resolve/*.test.ts', 'test/platforms/*.test.ts'] },
  update: { files: ['src/update/table.ts'], tests: ['test/update/table.test.ts'] },
};

type Result = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

const isKilled = ({ status }: Result) => status === 'Killed' || status === 'Timeout';
const isSurvivor = ({ status }: Result) => status === 'Survived' || status === 'NoCoverage';

async function run(name: string, { files, tests }: Stage): Promise<Result[]> {
  process.env['MUTANTS_TESTS'] = JSON.stringify(tests);
  process.chdir(root);
  const stryker = new Stryker({
    mutate: [...files],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'test/mutants/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    reporters: [],
    logLevel: 'error' as const,
    ignorePatterns: ['/dist*', '/demo', '/coverage'],
    tempDirName: join(tmpdir(), `mutants-${name}`),
    warnings: false,
  } as ConstructorParameters<typeof Stryker>[0]);
  return stryker.runMutationTest();
}

function survivorLine({ fileName, location: { start }, mutatorName, replacement = '' }: Result): string {
  return `${relative(root, fileName)}:${start.line}:${start.column} ${mutatorName} → ${replacement.replaceAll(/\s+/g, ' ').slice(0, 80)}`;
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => stages[name] === undefined);
if (unknown.length > 0)
  throw new Error(`No stage: ${unknown.join(', ')}. There are ${Object.keys(stages).join(', ')}.`);
const rows: (string | number)[][] = [];
for (const [name, stage] of Object.entries(stages)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const results = (await run(name, stage)).filter((one) => isKilled(one) || isSurvivor(one));
  for (const one of results.filter(isSurvivor)) console.log(survivorLine(one));
  const killed = results.filter(isKilled).length;
  const score = (100 * killed) / results.length;
  if (score < threshold) process.exitCode = 1;
  rows.push([name, results.length, killed, `${score.toFixed(1)} %`]);
}
console.log(table(['stage', 'mutants', 'killed', 'score'], rows));
