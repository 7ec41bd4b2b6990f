import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manifestCache } from '../../../src/apply/gateway/manifest-cache.ts';
import { parseImageName } from '../../../src/core/names.ts';
import type { Manifest } from '../../../src/registry/types.ts';
import { digest } from '../../lock/build.ts';

const alpine = parseImageName('alpine');
const manifest = (name: string, size: number): Manifest => ({
  digest: digest(name),
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  bytes: new Uint8Array(size),
});

describe('manifests of the source', () => {
  test('are read once, however many ask at the same time or later, whatever the repository', async () => {
    let reads = 0;
    const get = manifestCache(1_000, async () => {
      reads += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return manifest('a', 10);
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(alpine, digest('a'))));
    answers.push(await get(parseImageName('debian'), digest('a')));
    expect(reads).toBe(1);
    expect(new Set(answers).size).toBe(1);
  });

  test('that failed or are absent are read again', async () => {
    let reads = 0;
    const get = manifestCache(1_000, async () => {
      reads += 1;
      if (reads === 1) throw new Error('no');
      return reads === 2 ? undefined : manifest('a', 10);
    });
    await expect(get(alpine, digest('a'))).rejects.toThrow('no');
    expect(await get(alpine, digest('a'))).toBeUndefined();
    expect(await get(alpine, digest('a'))).toEqual(manifest('a', 10));
    expect(reads).toBe(3);
  });

  test('take no more room than there is: what was used last stays', async () => {
    const names = [...'abcdefgh'];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...names)), fc.integer({ min: 1, max: 8 }), async (asked, room) => {
        const reads: string[] = [];
        const get = manifestCache(room * 10, async (_, wanted) => {
          const name = names.find((one) => digest(one) === wanted) ?? '';
          reads.push(name);
          return manifest(name, 10);
        });
        const recent: string[] = [];
        for (const name of asked) {
          const before = reads.length;
          await get(alpine, digest(name));
          expect(reads.length > before).toBe(!recent.includes(name));
          recent.splice(0, recent.length, ...[name, ...recent.filter((one) => one !== name)].slice(0, room));
        }
      }),
    );
  });

  test('that alone are larger than the room are given, and not kept', async () => {
    let reads = 0;
    const get = manifestCache(5, async () => {
      reads += 1;
      return manifest('a', 10);
    });
    expect(await get(alpine, digest('a'))).toEqual(manifest('a', 10));
    await get(alpine, digest('a'));
    expect(reads).toBe(2);
  });
});
