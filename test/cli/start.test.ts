import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

test('--version prints the version', async () => {
  const { code, stdout, stderr } = await runCli(['--version']);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([[['--help']], [['apply', '--help']], [['help', 'apply']]])('%j prints help on stdout', async (args) => {
  const { code, stdout, stderr } = await runCli(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: mirrorlock /);
});

test('a command that is not known, and an option that is not one, are errors of use', async () => {
  for (const args of [['bake'], ['apply', '--bake']]) {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: unknown (command|option) '(--)?bake'/);
  }
});
