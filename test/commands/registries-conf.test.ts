import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectJson, mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld } from '../support/world.ts';

test('render writes sync/registries.conf where there are alternates, check keeps it current, and it goes with them', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  const config = join(world.mirror, 'mirrors.yaml');
  const conf = join(world.mirror, 'sync/registries.conf');
  const without = readFileSync(config, 'utf8');
  const withAlternate = without.replace(
    /^source: \{/m,
    'source: {alternates: [{registry: cache.example.com, namespace: kept, insecure: true}], ',
  );
  await expectJson(world, ['lock']);
  await expectJson(world, ['render']);
  expect(existsSync(conf)).toBe(false);

  writeFileSync(config, withAlternate);
  const stale = await mirrorlock(world, ['check']);
  expect(stale).toMatchObject({ code: 3, stderr: expect.stringContaining('sync/registries.conf') });
  const { files } = await expectJson(world, ['render']);
  expect(files).toEqual(expect.arrayContaining([{ path: 'sync/registries.conf', change: 'added' }]));
  expect(readFileSync(conf, 'utf8')).toContain('location = "cache.example.com/kept"\ninsecure = true\n');
  expect((await mirrorlock(world, ['check'])).code).toBe(0);

  const ours = readFileSync(conf, 'utf8');
  writeFileSync(conf, '[[registry]]\nlocation = "mine"\n');
  expect(await mirrorlock(world, ['render'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('render/not-ours'),
  });
  writeFileSync(conf, ours);

  writeFileSync(config, without);
  await expectJson(world, ['render']);
  expect(existsSync(conf)).toBe(false);
});
