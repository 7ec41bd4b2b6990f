import { describe, expect, test } from 'vitest';
import { noStore } from '../../../src/apply/budget/manifest-store.ts';
import { sharedManifests } from '../../../src/apply/gateway/shared-manifests.ts';
import { digestOf } from '../../../src/registry/manifest-answer.ts';
import type { Manifest } from '../../../src/registry/types.ts';

const bytes = new TextEncoder().encode('{}');
const manifest: Manifest = { digest: digestOf(bytes), mediaType: 'application/vnd.oci.image.index.v1+json', bytes };

describe('a manifest that several want at the same moment', () => {
  test('is read once', async () => {
    const { together } = sharedManifests(noStore, 1_000);
    let reads = 0;
    const read = async () => {
      reads += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return manifest;
    };
    const got = await Promise.all([1, 2, 3].map(() => together(manifest.digest, read)));
    expect([reads, got]).toEqual([1, [manifest, manifest, manifest]]);
  });

  test('and that one cannot read is asked for by the next itself, once for those that are left', async () => {
    const { together } = sharedManifests(noStore, 1_000);
    const asked: string[] = [];
    const reading = (name: string, fails: boolean) => async () => {
      asked.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      if (fails) throw new Error(name);
      return manifest;
    };
    const got = await Promise.allSettled([
      together(manifest.digest, reading('first', true)),
      together(manifest.digest, reading('second', false)),
      together(manifest.digest, reading('third', false)),
    ]);
    expect(asked).toEqual(['first', 'second']);
    expect(got.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });
});
