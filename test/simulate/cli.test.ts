import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { smallHistory } from './support.ts';

test('the command prints one document, writes the page, and compares with a second file', async () => {
  const upstream = await smallHistory();
  const home = temporaryDirectory().path;
  await writeFile(
    join(home, 'mirrors.yaml'),
    `version: 1\nupstream: {repository: ${JSON.stringify(upstream)}}\nimages: {include: [debian]}\n`,
  );
  await writeFile(join(home, 'all.yaml'), 'version: 1\nimages: {include: ["*"]}\n');
  const args = ['simulate', '--since', '2026-01-01', '--compare', 'all.yaml', '--html', 'page.html'];
  const options = { cwd: home, env: { MIRRORLOCK_CACHE: join(home, 'cache') } };
  const json = await runCli([...args, '--json', '--quiet'], options);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  const { schema, scenarios } = JSON.parse(json.stdout);
  expect(schema).toBe('mirrorlock/simulate/v1');
  expect(scenarios.map(({ config, rebuilds }: Record<string, string>) => `${config} ${rebuilds}`)).toEqual([
    'mirrors.yaml proved',
    'mirrors.yaml modelled',
    'all.yaml proved',
    'all.yaml modelled',
  ]);
  expect(await readFile(join(home, 'page.html'), 'utf8')).toMatch(/^<!doctype html>.*<\/html>\n$/s);
  const again = await runCli([...args, '--json', '--quiet'], options);
  expect(again.stdout).toBe(json.stdout);
});

test('a range that cannot be simulated ends with exit code 2, and stdout has the error', async () => {
  const upstream = await smallHistory();
  const home = temporaryDirectory().path;
  await writeFile(join(home, 'mirrors.yaml'), 'version: 1\nimages: {include: [debian]}\n');
  const args = ['simulate', '--json', '--quiet', '--upstream', upstream, '--since', '2020-01-01'];
  const result = await runCli(args, { cwd: home, env: { MIRRORLOCK_CACHE: join(home, 'cache') } });
  expect(result.code).toBe(2);
  expect(JSON.parse(result.stdout)).toMatchObject({
    schema: 'mirrorlock/error/v1',
    problems: [{ code: 'upstream/before-history' }],
  });
  expect(result.stderr).toContain('error upstream/before-history');
});
