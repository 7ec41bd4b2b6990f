import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeRegistryStorage } from '../support/images/storage.ts';
import { miniature } from '../support/miniature/miniature.ts';
import { destinationTags, expectJson, lockedTags, readLock } from '../support/mirror.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { setWorld, type World } from '../support/world.ts';

const header = 'Maintainers: Nobody in Particular (@nobody)\nGitRepo: https://example.invalid/x.git\n';
const entry = (tags: string) =>
  `Tags: ${tags}\nArchitectures: amd64, arm64v8, s390x\nGitCommit: ${'1'.repeat(40)}\nDirectory: ${tags.split(',')[0]}\n`;
const library = {
  'buildpack-deps': `${header}\n${entry('trixie, latest')}\n${entry('bookworm')}`,
  debian: `${header}\n${entry('trixie, latest')}\n${entry('bookworm')}`,
  golang: `${header}\n${entry('1.27-trixie, latest')}\n${entry('1.27-bookworm')}`,
  node: `${header}\n${entry('24-trixie, latest')}\n${entry('24-bookworm')}`,
  python: `${header}\n${entry('3.14-trixie, latest')}\n${entry('3.14-bookworm')}`,
};

/** A world whose images lie on their parents' layers, as real ones do. */
async function worldOf(images: string): Promise<World> {
  const world = await setWorld({ images, library });
  const built = world.upstream.images().map((name) => miniature(name, world.upstream.read(name)));
  writeRegistryStorage(world.source.storage, built);
  return world;
}

describe('layers that images of several repositories share', () => {
  test('are fetched once, though their copies run side by side and no cache knows of them; the others mount them', async () => {
    const world = await worldOf('{include: ["*"]}');
    await expectJson(world, ['lock']);
    world.source.reset();
    const report = await expectJson(world, ['apply', '--jobs', '6']);
    expect(report.counts['failed']).toBe(0);
    const { blobGet, distinctBlobsGot, manifestGet, distinctManifestsGot } = world.source.counts();
    expect(blobGet).toBe(distinctBlobsGot);
    expect(manifestGet).toBe(distinctManifestsGot);
    const { mounted, mountRefused } = world.destination.counts();
    expect(mounted).toBeGreaterThan(0);
    expect(mountRefused).toBe(0);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    await expectWholeTags(world);
  });

  test('are mounted by a later run too, where the folder of the cache was kept', async () => {
    const world = await worldOf('{include: [buildpack-deps, debian]}');
    await expectJson(world, ['lock']);
    await expectJson(world, ['apply']);
    const had = new Set(blobsGot(world));
    const config = join(world.mirror, 'mirrors.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('[buildpack-deps, debian]', '["*"]'));
    await expectJson(world, ['lock']);
    world.source.reset();
    expect((await expectJson(world, ['apply'])).counts['failed']).toBe(0);
    const got = blobsGot(world);
    expect(got.length).toBeGreaterThan(0);
    expect(got.filter((digest) => had.has(digest))).toEqual([]);
    expect(world.destination.counts().mounted).toBeGreaterThan(0);
  });

  test('are fetched once from a registry that refuses to mount, too: the others take them from it', async () => {
    const world = await worldOf('{include: ["*"]}');
    world.destination.respond(({ url, method }) =>
      method === 'POST' && url.includes('mount=') ? { passes: true, url: url.split('?')[0] ?? url } : undefined,
    );
    await expectJson(world, ['lock']);
    world.source.reset();
    const report = await expectJson(world, ['apply', '--jobs', '6']);
    expect(report.counts['failed']).toBe(0);
    const { blobGet, distinctBlobsGot } = world.source.counts();
    expect(blobGet).toBe(distinctBlobsGot);
    const { mounted, mountRefused, blobBytesSent } = world.destination.counts();
    expect(mounted).toBe(0);
    expect(mountRefused).toBeGreaterThan(0);
    const [{ sources }] = report.destinations as [{ sources: unknown[] }];
    expect(sources[0]).toEqual({
      place: expect.stringContaining('/mirror'),
      manifestGets: 0,
      manifests: 0,
      bytes: blobBytesSent,
    });
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    await expectWholeTags(world);
  });
});

function blobsGot({ source }: World): string[] {
  return source
    .seen()
    .filter(({ kind, method }) => kind === 'blob' && method === 'GET')
    .map(({ reference }) => reference);
}
