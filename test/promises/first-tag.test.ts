import { expect, it } from 'vitest';
import type { AnswerHook } from '../support/counting-proxy.ts';
import { expectJson } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld } from '../support/world.ts';

// docker-registry writes a manifest that it does not have for each put of it that comes meanwhile, over what stands there.
it('promise 2: an index that is new is put by one tag alone, and by the others once it is there', async () => {
  const world = await setWorld({ images: everything, library: { busybox: tinyLibrary.busybox } });
  await expectJson(world, ['lock']);
  const active: string[] = [];
  const together: string[][] = [];
  const hold: AnswerHook = async ({ kind, method, byDigest, reference }) => {
    if (kind !== 'manifest' || method !== 'PUT' || byDigest) return undefined;
    active.push(reference);
    await new Promise((resolve) => setTimeout(resolve, 200));
    together.push([...active]);
    active.splice(active.indexOf(reference), 1);
    return undefined;
  };
  world.destination.respond(hold);
  await expectJson(world, ['apply']);
  expect(together).toHaveLength(4);
  expect(together[0]).toHaveLength(1);
  expect(together.flat().filter((tag) => tag === together[0]?.[0])).toHaveLength(1);
});
