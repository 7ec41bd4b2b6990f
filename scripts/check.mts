// Formats, lints and checks everything. With CI=true nothing is written: what is not as it should be fails.
// `--report FILE` writes how many checks passed and failed, as JSON.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { readLayering } from './layering.mts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { report: { type: 'string' } } });
const isCi = process.env['CI'] === 'true';
const $ = execa({ cwd: root, preferLocal: true, stdio: 'inherit' });

/** What each check does; it fails by throwing. */
const checks: Readonly<Record<string, () => Promise<unknown>>> = {
  'format and lint': () => (isCi ? $`biome ci` : $`biome check --write`),
  types: () => $`tsc -p .`,
  'types of pages': () => $`tsc -p src/catalog/page`,
  layers: checkLayers,
  'dead code': () => $`knip`,
  'generated types': () => $`tsx scripts/generate-types.mts --check`,
  'generated reference': () => $`tsx scripts/reference.mts --check`,
  'Helm chart': () => $`tsx scripts/chart.mts --check`,
  'manual pages': () => $`tsx scripts/man-pages.mts --check`,
  'rendered workflows': () => $`tsx scripts/workflows.mts --check`,
};

async function checkLayers(): Promise<void> {
  const { violations, looked, present } = await readLayering(root);
  if (violations.length > 0) throw new Error(violations.join('\n'));
  if (looked.length !== present.length) {
    throw new Error(`dependency-cruiser looked at ${looked.length} modules of ${present.length}.`);
  }
}

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`passed: ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`FAILED: ${name}: ${error instanceof Error ? error.message : error}`);
  }
}
const passed = Object.keys(checks).length - failed;
if (values.report !== undefined) writeFileSync(values.report, JSON.stringify({ passed, failed }));
process.exitCode = failed === 0 ? 0 : 1;
