import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('a mirror repository as 60bc19d locked and rendered it is valid and up to date', async () => {
  const mirror = join(temporaryDirectory().path, 'mirror');
  cpSync(join(import.meta.dirname, 'mirror-of-60bc19d'), mirror, { recursive: true });
  const { code, stdout, stderr } = await runCli(['check', '-C', mirror]);
  expect(stderr).toBe('');
  expect(stdout).toContain('Valid and up to date: 2 include and 1 exclude rules, 2 destinations, 2 images locked.');
  expect(code).toBe(0);
});
