import { expect, test } from 'vitest';
import { runCli, startCli } from './cli.ts';
import { readProjectFile } from './project-files.ts';

test('the built command runs, and its output and exit code come back', async () => {
  const { version } = JSON.parse(readProjectFile('package.json'));
  const ended = { code: 0, signal: undefined, stdout: `${version}\n`, stderr: '' };
  expect(await runCli(['--version'])).toEqual(ended);
  expect(await runCli(['no-such-command'])).toMatchObject({ code: 2, stdout: '' });
});

test('the environment is what the test gives, not what it runs in', async () => {
  // Node itself fails on a module that is absent.
  process.env['NODE_OPTIONS'] = '--require=./absent.cjs';
  try {
    expect((await runCli(['--version'])).code).toBe(0);
    expect((await runCli(['--version'], { env: { NODE_OPTIONS: '--require=./absent.cjs' } })).code).toBe(1);
  } finally {
    delete process.env['NODE_OPTIONS'];
  }
});

test('a command that is killed says by which signal', async () => {
  const running = startCli(['--version']);
  running.kill('SIGKILL');
  expect(await running.result).toMatchObject({ code: undefined, signal: 'SIGKILL' });
});
