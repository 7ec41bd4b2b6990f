import { expect } from 'vitest';
import { destinationTags, lockedTags, readLock } from './mirror.ts';
import type { World } from './world.ts';

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Expects that every tag at the destination is in the lockfile, and that all it needs is there, down to each blob. */
export async function expectWholeTags(world: World): Promise<void> {
  const locked = lockedTags(readLock(world));
  const checked = new Map<string, Promise<void>>();
  for (const [name, digest] of await destinationTags(world)) {
    expect(locked.get(name), name).toBe(digest);
    const [image = ''] = name.split(':');
    const key = `${image}@${digest}`;
    checked.set(key, checked.get(key) ?? expectWhole(world, image, digest));
  }
  await Promise.all(checked.values());
}

async function expectWhole(world: World, image: string, digest: string): Promise<void> {
  const base = `http://${world.destination.host}/v2/mirror/${image}`;
  const answer = await fetch(`${base}/manifests/${digest}`, { headers: { accept } });
  expect(answer.status, `${image}@${digest}`).toBe(200);
  const {
    manifests = [],
    layers = [],
    config,
  } = (await answer.json()) as {
    manifests?: { digest: string }[];
    layers?: { digest: string }[];
    config?: { digest: string };
  };
  for (const child of manifests) await expectWhole(world, image, child.digest);
  for (const blob of config === undefined ? layers : [config, ...layers]) {
    const { status } = await fetch(`${base}/blobs/${blob.digest}`, { method: 'HEAD' });
    expect(status, `${image}: blob ${blob.digest}`).toBe(200);
  }
}
