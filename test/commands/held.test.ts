import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { isPending } from '../../src/lock/types.ts';
import { buildImages } from '../support/images/build.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import { expectJson, lockedTags, lockText, mirrorlock, readLock } from '../support/mirror.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { announced, publish, setWorld, type World } from '../support/world.ts';

let world: World;
let configuration: string;

function keep(yaml: string): void {
  writeFileSync(join(world.mirror, 'mirrors.yaml'), `${yaml}\n${configuration}`);
}

/** Publishes a rebuild of alpine of which some platforms alone are there yet. */
function publishInPart(...platforms: readonly string[]): void {
  const images = announced(world.upstream).filter(({ repository }) => repository === 'library/alpine');
  const partly = images.map((image) => ({
    ...image,
    rebuild: 1,
    groups: image.groups.map((group) => ({
      ...group,
      platforms: group.platforms.filter((platform) => platforms.includes(platform)),
      published: group.platforms.some((platform) => platforms.includes(platform)),
    })),
  }));
  writeRegistryStorage(world.source.storage, buildImages(partly));
}

const pendingIndexes = () =>
  readLock(world)
    .images.flatMap(({ entries }) => entries)
    .flatMap((entry) => (isPending(entry) ? [entry.seen] : []));

/** Locks, and gives how many manifests were asked of the source. */
async function pullsOfLock(): Promise<number> {
  world.source.reset();
  const { requests } = await expectJson(world, ['lock']);
  expect(requests.source['countedPulls']).toBe(world.source.counts().manifestGet);
  return world.source.counts().manifestGet;
}

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  configuration = readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8');
  keep('platforms: [linux/amd64, linux/arm64]');
  await expectJson(world, ['lock']);
});

/** Each step begins where the one before ended. */
describe('a group that is held, since a platform of it is on its way', () => {
  const step = story();
  let before: Map<string, string>;

  step('has its index read once: the next lock reads nothing, and changes nothing', async () => {
    before = lockedTags(readLock(world));
    publishInPart('linux/amd64');
    const { stderr } = await mirrorlock(world, ['lock']);
    expect(stderr).toContain('lock/platform-held');
    expect(pendingIndexes()).toHaveLength(2);
    const text = lockText(world);
    expect(await pullsOfLock()).toBe(0);
    expect(lockText(world)).toBe(text);
    const latest = lockedTags(readLock(world)).get('alpine:latest');
    expect(latest).toBe(before.get('alpine:latest'));
  });

  step('is nothing to apply', async () => {
    await expectJson(world, ['apply']);
    await expectJson(world, ['verify', '--extra']);
  });

  step('needs no more than that where fewer platforms are wanted: the bytes are those of a first lock', async () => {
    keep('platforms: [linux/amd64]');
    expect(await pullsOfLock()).toBe(0);
    expect(pendingIndexes()).toEqual([]);
    const text = lockText(world);
    rmSync(join(world.mirror, 'mirrors.lock.yaml'));
    expect(await pullsOfLock()).toBeGreaterThan(0);
    expect(lockText(world)).toBe(text);
  });

  step('is pending where nothing of it that is wanted is there, and is read once too', async () => {
    keep('platforms: [linux/arm64]\noverrides: [{image: busybox, platforms: all}]');
    await expectJson(world, ['lock']);
    expect(pendingIndexes()).toMatchObject([{ children: [] }, { children: [] }]);
    expect(await pullsOfLock()).toBe(0);
  });

  step('is locked once it is whole', async () => {
    publish(world.upstream, world.source, { rebuilt: ['alpine'] });
    expect(await pullsOfLock()).toBeGreaterThan(0);
    expect(pendingIndexes()).toEqual([]);
    expect(await pullsOfLock()).toBe(0);
  });
});
