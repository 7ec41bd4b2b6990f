import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { isPending, lockedGroups } from '../../src/lock/types.ts';
import { buildImage } from '../support/images/build.ts';
import { oci } from '../support/images/media-types.ts';
import { RepositoryBuilder } from '../support/images/repository-builder.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import type { BuiltRepository, ImageForm } from '../support/images/types.ts';
import { destinationTags, expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { announced, setWorld, type World } from '../support/world.ts';

let world: World;

/** Sets what is kept. */
function keep(yaml: string): void {
  const file = join(world.mirror, 'mirrors.yaml');
  writeFileSync(file, `${yaml}\n${readFileSync(file, 'utf8').replace(/^platforms.*\n/, '')}`);
}

/** Publishes busybox, which upstream announces for linux/amd64 alone, as one manifest without an index. */
function publishSingle(form: ImageForm): BuiltRepository {
  const [busybox] = announced(world.upstream).filter(({ repository }) => repository === 'library/busybox');
  if (busybox === undefined) throw new Error('there is no busybox');
  const built = buildImage({ ...busybox, groups: busybox.groups.map((group) => ({ ...group, form })) });
  writeRegistryStorage(world.source.storage, [built]);
  return built;
}

const entriesOf = (name: string) => readLock(world).images.find(({ image }) => image === name)?.entries ?? [];
const askedOf = (image: string) => world.source.seen().filter(({ repository }) => repository === `library/${image}`);

beforeEach(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
});

describe.each(['oci-manifest', 'docker-manifest'] as const)(
  'a single manifest (%s), where platforms are chosen',
  (form) => {
    it('is kept under its own digest when it is of one of them: a pull and a blob once, and none after that', async () => {
      const built = publishSingle(form);
      keep('platforms: [linux/amd64]');
      await expectJson(world, ['lock']);
      const { digest } = built.manifestOf('latest');
      expect(entriesOf('busybox')).toMatchObject([
        {
          digest,
          index: { sources: [digest], without: [], children: [{ digest, platform: { architecture: 'amd64' } }] },
        },
      ]);
      expect(askedOf('busybox').filter(({ method }) => method === 'GET')).toMatchObject([
        { kind: 'manifest', reference: digest },
        { kind: 'blob' },
      ]);
      world.source.reset();
      await expectJson(world, ['lock']);
      expect(askedOf('busybox').filter(({ method }) => method === 'GET')).toEqual([]);

      await expectJson(world, ['render']);
      await expectJson(world, ['apply']);
      expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
      await expectWholeTags(world);
      await expectJson(world, ['verify', '--extra']);
      world.source.reset();
      expect((await expectJson(world, ['apply'])).requests.source['countedPulls']).toBe(0);
    });

    it('is left out with a warning, and not asked for, when upstream announces none of them', async () => {
      publishSingle(form);
      keep('platforms: [linux/arm64]');
      const { code, stderr } = await mirrorlock(world, ['lock']);
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(/resolve\/no-platform-left(.|\n)*busybox: 1\.38\.0/);
      expect(entriesOf('busybox')).toEqual([]);
      expect(askedOf('busybox')).toEqual([]);
      await expectJson(world, ['apply']);
      expect([...(await destinationTags(world)).keys()].filter((name) => name.startsWith('busybox'))).toEqual([]);
    });
  },
);

describe('a single manifest that is not what upstream announces is pending, with a warning', () => {
  const announceBoth = async () => {
    world.upstream.write('busybox', world.upstream.read('busybox').replace('amd64', 'amd64, arm64v8'));
    await world.upstream.commit('Announce arm64');
  };
  const expectPending = async () => {
    world.source.reset();
    const { code, stderr } = await mirrorlock(world, ['lock']);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/resolve\/platform-not-published(.|\n)*busybox: 1\.38\.0/);
    expect(entriesOf('busybox').map(isPending)).toEqual([true]);
    expect(lockedGroups(readLock(world).images.find(({ image }) => image === 'busybox'))).toEqual([]);
    return world.source.counts().manifestGet;
  };

  it('one of another platform', async () => {
    publishSingle('oci-manifest');
    await announceBoth();
    keep('platforms: [linux/arm64]\noverrides: [{image: alpine, platforms: all}]');
    expect(await expectPending()).toBe(1);
    expect(await expectPending()).toBe(0);
  });

  it('one whose config names no platform: none is what it has', async () => {
    const builder = new RepositoryBuilder('library/busybox');
    const config = builder.blob(oci.config, Buffer.from('{"config":{}}'));
    const { digest } = builder.manifest(oci.manifest, config, []);
    for (const tag of ['1.38.0', '1.38', '1', 'latest']) builder.tags.set(tag, digest);
    writeRegistryStorage(world.source.storage, [builder]);
    keep('platforms: [linux/amd64]\noverrides: [{image: alpine, platforms: all}]');
    expect(await expectPending()).toBe(1);
    expect(await expectPending()).toBe(0);
  });
});
