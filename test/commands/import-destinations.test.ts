import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  addDeadDestination,
  destinationTags,
  expectJson,
  lockedTags,
  mirrorlock,
  readLock,
} from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld } from '../support/world.ts';

test('import brings an export to all destinations though one of them does not answer, and names that one', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  addDeadDestination(world);
  await expectJson(world, ['lock']);
  const folder = join(world.home, 'export');
  await expectJson(world, ['export', folder]);

  const { code, stdout, stderr } = await mirrorlock(world, ['import', folder, '--json']);
  expect(code).toBe(1);
  expect(stderr).toContain('down got nothing of the export: GET 127.0.0.1:1: ');
  expect(JSON.parse(stdout)).toMatchObject({
    destinations: [{ name: 'main', failures: [] }],
    failures: [{ name: 'down', problem: { code: 'registry/network' } }],
  });
  expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
});
