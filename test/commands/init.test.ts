import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

it('writes a configuration that is valid, and the schema that it names', async () => {
  const { path } = temporaryDirectory();
  const { code, stdout } = await runCli(['init', '-C', path]);
  expect(code).toBe(0);
  expect(stdout).toContain('Wrote mirrors.yaml and schema/mirrors.schema.json');
  expect(readFileSync(join(path, 'mirrors.yaml'), 'utf8')).toContain('$schema=./schema/mirrors.schema.json');
  expect(JSON.parse(readFileSync(join(path, 'schema/mirrors.schema.json'), 'utf8'))).toHaveProperty('$schema');
  const check = await runCli(['check', '-C', path, '--json']);
  expect(JSON.parse(check.stdout).problems).toMatchObject([{ code: 'lock/missing' }]);
  expect(check.code).toBe(3);
});

it('never overwrites', async () => {
  const { path } = temporaryDirectory();
  writeFileSync(join(path, 'mirrors.yaml'), 'mine');
  const { code, stderr } = await runCli(['init', '-C', path]);
  expect(code).toBe(2);
  expect(stderr).toContain('init/exists');
  expect(readFileSync(join(path, 'mirrors.yaml'), 'utf8')).toBe('mine');
});
