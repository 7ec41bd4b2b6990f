import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manifestMemory } from '../../../src/apply/source/reader.ts';
import type { Manifest } from '../../../src/registry/types.ts';
import { digest } from '../../support/lockfiles.ts';

/** What a manifest takes besides its bytes. */
const overhead = 512;
const manifest = (name: string, size: number): Manifest => ({
  digest: digest(name),
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  bytes: new Uint8Array(size),
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('manifests that a run has read', () => {
  test('are read once, however many ask at the same time or later', async () => {
    let reads = 0;
    const memory = manifestMemory(10_000);
    const get = () =>
      memory.get(digest('a'), async () => {
        reads += 1;
        await turn();
        return manifest('a', 10);
      });
    const answers = await Promise.all(Array.from({ length: 20 }, get));
    answers.push(await get());
    expect(reads).toBe(1);
    expect(new Set(answers).size).toBe(1);
  });

  test('that failed or are absent are read again', async () => {
    let reads = 0;
    const memory = manifestMemory(10_000);
    const get = () =>
      memory.get(digest('a'), async () => {
        reads += 1;
        if (reads === 1) throw new Error('no');
        return reads === 2 ? undefined : manifest('a', 10);
      });
    await expect(get()).rejects.toThrow('no');
    expect(await get()).toBeUndefined();
    expect(await get()).toEqual(manifest('a', 10));
    expect(reads).toBe(3);
  });

  test('that one cannot read are asked for by the next itself, once for those that are left', async () => {
    const memory = manifestMemory(10_000);
    const asked: string[] = [];
    const reading = (name: string, fails: boolean) => async () => {
      asked.push(name);
      await turn();
      if (fails) throw new Error(name);
      return manifest('a', 10);
    };
    const got = await Promise.allSettled([
      memory.get(digest('a'), reading('first', true)),
      memory.get(digest('a'), reading('second', false)),
      memory.get(digest('a'), reading('third', false)),
    ]);
    expect(asked).toEqual(['first', 'second']);
    expect(got.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  test('take no more room than there is: what was used last stays', async () => {
    const names = [...'abcdefgh'];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...names)), fc.integer({ min: 1, max: 8 }), async (asked, room) => {
        const reads: string[] = [];
        const memory = manifestMemory(room * (10 + overhead));
        const recent: string[] = [];
        for (const name of asked) {
          const before = reads.length;
          await memory.get(digest(name), async () => {
            reads.push(name);
            return manifest(name, 10);
          });
          expect(reads.length > before).toBe(!recent.includes(name));
          recent.splice(0, recent.length, ...[name, ...recent.filter((one) => one !== name)].slice(0, room));
        }
      }),
    );
  });

  test('that only are larger than the room are given, and not kept', async () => {
    let reads = 0;
    const memory = manifestMemory(5);
    const get = () =>
      memory.get(digest('a'), async () => {
        reads += 1;
        return manifest('a', 10);
      });
    expect(await get()).toEqual(manifest('a', 10));
    await get();
    expect(reads).toBe(2);
  });

  test('that others push out while they are read are given all the same', async () => {
    const memory = manifestMemory(10 + overhead);
    let finish = () => {};
    const slow = memory.get(digest('slow'), async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return manifest('slow', 10);
    });
    for (const name of ['a', 'b', 'c']) await memory.get(digest(name), async () => manifest(name, 10));
    finish();
    expect(await slow).toEqual(manifest('slow', 10));
  });
});
