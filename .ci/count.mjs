// Adds up the reports in a folder: setup.json and checks.json as scripts/check.mts writes them, tests.json as vitest does.
// Prints `N passed, N failed`; the exit code says whether all passed. A report that is absent is a failure.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '.';
const counts = existsSync(join(folder, 'setup.json'))
  ? [read('setup.json')]
  : [countOf('checks.json', (report) => report), countOf('tests.json', countTests)];
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function countOf(name, count) {
  return existsSync(join(folder, name)) ? count(read(name)) : { passed: 0, failed: 1 };
}

/** A file that could not be loaded has no tests that failed, and an error outside of tests none at all. */
function countTests({ numPassedTests, numFailedTests, success, testResults }) {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((result) => result.status !== 'failed'),
  ).length;
  const failed = numFailedTests + unloaded;
  return { passed: numPassedTests, failed: success ? failed : Math.max(failed, 1) };
}

function read(name) {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}
