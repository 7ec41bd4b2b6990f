import { expect, test } from 'vitest';
import { expectJson, mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { setWorld } from '../support/world.ts';

test('apply --engine skopeo brings all of it, and an unchanged world costs no pull and no write', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  await expectJson(world, ['lock']);
  const { counts } = await expectJson(world, ['apply', '--engine', 'skopeo']);
  expect(counts).toMatchObject({ copied: 3, tagged: 11, failed: 0, waiting: 0 });
  await expectWholeTags(world);
  world.source.reset();
  world.destination.reset();
  expect((await expectJson(world, ['apply', '--engine', 'skopeo'])).counts).toMatchObject({ copied: 0, unchanged: 11 });
  expect(world.source.counts().manifestGet).toBe(0);
  expect(world.destination.counts().manifestPut).toBe(0);
});

test('apply --engine skopeo names a skopeo that is not there, before anything is asked', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  await expectJson(world, ['lock']);
  world.destination.reset();
  const { code, stderr } = await mirrorlock(world, ['apply', '--engine', 'skopeo', '--skopeo', '/nowhere/skopeo']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/error skopeo\/missing/);
  expect(world.destination.counts().requests).toBe(0);
});
