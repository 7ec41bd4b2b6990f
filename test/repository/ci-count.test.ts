import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/project-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const good = { numPassedTests: 7, numFailedTests: 0, success: true, testResults: [] };

function count(reports: Readonly<Record<string, object>>): { code: number | null; line: string } {
  const { path } = temporaryDirectory();
  for (const [name, report] of Object.entries(reports)) writeFileSync(join(path, name), JSON.stringify(report));
  const { status, stdout } = spawnSync(process.execPath, [join(root, '.ci/count.mjs'), path], { encoding: 'utf8' });
  return { code: status, line: stdout };
}

test('checks and tests add up', () => {
  const result = count({ 'checks.json': { passed: 5, failed: 0 }, 'tests.json': good });
  expect(result).toEqual({ code: 0, line: '12 passed, 0 failed\n' });
});

test('a check that fails fails the run', () => {
  const result = count({ 'checks.json': { passed: 4, failed: 1 }, 'tests.json': good });
  expect(result).toEqual({ code: 1, line: '11 passed, 1 failed\n' });
});

test('a test file that could not be loaded is a failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }];
  const result = count({
    'checks.json': { passed: 5, failed: 0 },
    'tests.json': { ...good, success: false, testResults },
  });
  expect(result).toEqual({ code: 1, line: '12 passed, 1 failed\n' });
});

test('an error outside of the tests is a failure', () => {
  const result = count({ 'checks.json': { passed: 5, failed: 0 }, 'tests.json': { ...good, success: false } });
  expect(result).toEqual({ code: 1, line: '12 passed, 1 failed\n' });
});

test('a report that is absent is a failure, and so is a setup that failed', () => {
  expect(count({ 'checks.json': { passed: 5, failed: 0 } })).toEqual({ code: 1, line: '5 passed, 1 failed\n' });
  expect(count({ 'setup.json': { passed: 0, failed: 1 } })).toEqual({ code: 1, line: '0 passed, 1 failed\n' });
});
