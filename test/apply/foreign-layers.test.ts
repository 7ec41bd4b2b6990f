import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contentsOf } from '../../src/apply/contents.ts';
import { onCleanUp } from '../support/cleanup.ts';
import { startCountingProxy } from '../support/counting-proxy.ts';
import { buildForeignImage, type ForeignImage, foreignTypes } from '../support/images/foreign-layers.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import type { BuiltRepository } from '../support/images/types.ts';
import { destinationTags, expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { type RegistryOptions, startRegistry } from '../support/registry.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { setWorld, type World } from '../support/world.ts';

/** What was asked of the place that the `urls` name: nothing may be. */
let asked: string[] = [];
let url = '';

beforeAll(async () => {
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/layer.tar.gz`;
});
beforeEach(() => {
  asked = [];
});

const foreign = (family: ForeignImage['family']): ForeignImage => ({
  family,
  base: { mediaType: foreignTypes[family], urls: [url] },
});

/** A world of which busybox is such an image, and a destination of its own. */
async function foreignWorld(spec: ForeignImage, options: RegistryOptions = {}) {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  const { host, storage } = await startRegistry(options);
  const destination = { ...(await startCountingProxy(host)), storage };
  configure(world, (text) => text.replace(world.destination.host, destination.host));
  const image = buildForeignImage('library/busybox', '1.38.0', spec);
  writeRegistryStorage(world.source.storage, [image]);
  const own = { ...world, destination };
  await expectJson(own, ['lock']);
  own.source.reset();
  return { world: own, image };
}

function configure({ mirror }: World, change: (text: string) => string): void {
  const file = join(mirror, 'mirrors.yaml');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

/** The manifest of the windows child, and the layer that the source does not have. */
function windowsOf(image: BuiltRepository) {
  const [, windows = ''] = image.manifestOf('1.38.0').children;
  const manifest = [...image.manifests.values()].find(({ digest }) => digest === windows);
  const absent = manifest?.blobs.find((blob) => !image.blobs.has(blob));
  if (manifest === undefined || absent === undefined) throw new Error('the image has no foreign layer');
  return { manifest, absent };
}

const isOf = (image: string) => (name: string) => name.startsWith(`${image}:`);

/** The groups of alpine are done, and of busybox there is no tag. */
async function expectOnlyAlpine(world: World): Promise<void> {
  const names = [...(await destinationTags(world)).keys()];
  expect(names.filter(isOf('busybox'))).toEqual([]);
  expect(names).toHaveLength([...lockedTags(readLock(world)).keys()].filter(isOf('alpine')).length);
  await expectWholeTags(world);
}

const askedForBlob = ({ source }: World, digest: string) =>
  source.seen().filter(({ reference }) => reference === digest);

describe.each(['docker', 'oci'] as const)('an image with a foreign layer, in the form of %s', (family) => {
  it('is mirrored byte for byte, and nobody is asked for the layer', async () => {
    const { world, image } = await foreignWorld(foreign(family), { takesUrls: '^http://127[.]0[.]0[.]1' });
    const { manifest, absent } = windowsOf(image);
    expect(await expectJson(world, ['apply'])).toMatchObject({ counts: { failed: 0 } });
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    for (const { digest, mediaType, bytes } of [manifest, image.manifestOf('1.38.0')]) {
      const there = await fetch(`http://${world.destination.host}/v2/mirror/busybox/manifests/${digest}`, {
        headers: { accept: mediaType },
      });
      expect(Buffer.from(await there.arrayBuffer()).equals(bytes)).toBe(true);
    }
    expect(asked).toEqual([]);
    expect(askedForBlob(world, absent)).toEqual([]);
    expect(askedForBlob(world, manifest.blobs[0] ?? '')).toHaveLength(1);
    world.source.reset();
    expect((await expectJson(world, ['apply'])).requests.source['countedPulls']).toBe(0);
  });

  it('has as blobs all but that layer', async () => {
    const { manifest, absent } = windowsOf(buildForeignImage('library/busybox', '1.38.0', foreign(family)));
    const { blobs, hasForeign } = contentsOf(manifest);
    expect(hasForeign).toBe(true);
    expect(blobs.map(({ digest }) => digest)).toEqual(manifest.blobs.filter((blob) => blob !== absent));
  });
});

describe('a destination that does not take foreign layers', () => {
  it('is a named failure of that group, and the others are done', async () => {
    const { world, image } = await foreignWorld(foreign('docker'));
    const { code, stderr } = await mirrorlock(world, ['apply']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error apply\/foreign-layers: busybox@(.|\n)*validation\.manifests\.urls/);
    expect(asked).toEqual([]);
    expect(askedForBlob(world, windowsOf(image).absent)).toEqual([]);
    await expectOnlyAlpine(world);
  });

  it('gets the other platforms where these are chosen', async () => {
    const { world } = await foreignWorld(foreign('docker'));
    configure(world, (text) => `platforms: [linux/amd64]\n${text}`);
    await expectJson(world, ['lock']);
    await expectJson(world, ['apply']);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    await expectWholeTags(world);
    expect(asked).toEqual([]);
  });
});

describe('`urls` where none belong fail by name, and nobody is asked', () => {
  // distribution takes such a manifest though it lacks the layer, and other tools leave the layer out.
  it.each(['docker', 'oci'] as const)('on an ordinary layer, in the form of %s', async (family) => {
    const { world, image } = await foreignWorld({ family, base: { urls: [url] } }, { takesUrls: '.*' });
    await expectRefused(world, image);
  });

  // Other tools ask there for it.
  it.each(['docker', 'oci'] as const)('on a config, in the form of %s', async (family) => {
    const { world, image } = await foreignWorld({ ...foreign(family), config: { urls: [url] } }, { takesUrls: '.*' });
    await expectRefused(world, image);
  });

  it('within a budget too, in which what was read is kept for the next run', async () => {
    const { world, image } = await foreignWorld({ family: 'oci', base: { urls: [url] } }, { takesUrls: '.*' });
    configure(world, (text) => text.replace('insecure: true}', 'insecure: true, budget: {pulls: 100}}'));
    await expectRefused(world, image);
    await expectRefused(world, image);
  });

  async function expectRefused(world: World, image: BuiltRepository): Promise<void> {
    const { code, stderr } = await mirrorlock(world, ['apply']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error apply\/unexpected-urls: busybox@/);
    expect(asked).toEqual([]);
    expect(askedForBlob(world, windowsOf(image).absent)).toEqual([]);
    await expectOnlyAlpine(world);
  }
});

it('a foreign layer without `urls` is a layer like any other', () => {
  const spec: ForeignImage = { family: 'oci', base: { mediaType: foreignTypes.oci } };
  const { manifest } = windowsOf(buildForeignImage('library/busybox', '1.38.0', spec));
  const { blobs, hasForeign } = contentsOf(manifest);
  expect(hasForeign).toBe(false);
  expect(blobs.map(({ digest }) => digest)).toEqual(manifest.blobs);
});

describe('an export', () => {
  it.each(['docker', 'oci'] as const)(
    'leaves the foreign layers where they are, and is imported so, in the form of %s',
    async (family) => {
      const { world, image } = await foreignWorld(foreign(family), { takesUrls: '.*' });
      const folder = join(world.home, 'export');
      await expectJson(world, ['export', folder]);
      await expectJson(world, ['import', folder]);
      expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
      expect(asked).toEqual([]);
      expect(askedForBlob(world, windowsOf(image).absent)).toEqual([]);
    },
  );
});
