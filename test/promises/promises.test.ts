import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { destinationTags, expectJson, lockedTags, lockText, mirrorlock, readLock } from '../support/mirror.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld, type World } from '../support/world.ts';

/** A mirror that has locked and rendered two images, at no destination yet. */
async function lockedMirror(): Promise<World> {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  await expectJson(world, ['lock']);
  await mirrorlock(world, ['render']);
  return world;
}

/** The same, and all of it at the destination. */
async function appliedMirror(): Promise<World> {
  const world = await lockedMirror();
  await expectJson(world, ['apply']);
  return world;
}

describe('a mirror, from the first lock on', () => {
  it('promise 1: nothing reaches the destination that the merged lockfile does not name', async () => {
    const world = await lockedMirror();
    const report = await expectJson(world, ['apply']);
    expect(report.counts).toMatchObject({ failed: 0, unchanged: 0, tagged: lockedTags(readLock(world)).size });
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
  });

  it('promise 4: an unchanged world costs no counted pull, no write, no commit', async () => {
    const world = await appliedMirror();
    const before = files(world);
    world.source.reset();
    world.destination.reset();
    await expectJson(world, ['lock']);
    await mirrorlock(world, ['render']);
    expect(world.source.counts().manifestGet).toBe(0);
    const afterLock = world.source.counts().requests;
    const report = await expectJson(world, ['apply']);
    expect(report.counts).toMatchObject({ copied: 0, tagged: 0, failed: 0 });
    expect(report.requests.source).toEqual({ countedPulls: 0, heads: 0 });
    expect(world.source.counts().requests).toBe(afterLock);
    const { manifestPut, uploadPost, uploadPut, manifestGet } = world.destination.counts();
    expect({ manifestPut, uploadPost, uploadPut, manifestGet }).toEqual({
      manifestPut: 0,
      uploadPost: 0,
      uploadPut: 0,
      manifestGet: 0,
    });
    expect(files(world)).toEqual(before);
  });

  it('promise 5: equal inputs give equal bytes, on any machine', async () => {
    const world = await lockedMirror();
    const before = lockText(world);
    await expectJson(world, ['lock', '--upstream', world.upstream.path], 0);
    const elsewhere = { MIRRORLOCK_CACHE: join(world.home, 'another-cache'), TZ: 'Asia/Tokyo', LC_ALL: 'tr_TR.UTF-8' };
    await mirrorlock(world, ['lock'], elsewhere);
    expect(lockText(world)).toBe(before);
  });

  it('promise 3: a tag never moves to, or disappears for, an image that is not published', async () => {
    const world = await appliedMirror();
    const before = lockedTags(readLock(world));
    const [old, next] = ['3.24.1', '3.24.2'] as const;
    world.upstream.release('alpine', old, next);
    await world.upstream.commit('Announce a version of alpine');
    const report = await expectJson(world, ['lock']);
    expect(report.counts).toMatchObject({ moved: 0, added: 0, removed: 0, awaiting: 2 });
    const after = lockedTags(readLock(world));
    for (const tag of ['3.24', '3', 'latest']) expect(after.get(`alpine:${tag}`)).toBe(before.get(`alpine:${old}`));
    expect(after.has(`alpine:${next}`)).toBe(false);
    await expectJson(world, ['apply']);
    expect((await destinationTags(world)).get('alpine:latest')).toBe(before.get('alpine:latest'));
    expect((await destinationTags(world)).has('alpine:3.24.1')).toBe(true);

    await publish(world.upstream, world.source);
    const arrived = await expectJson(world, ['lock']);
    expect(arrived.counts).toMatchObject({ releases: 1, moved: 0, added: 0, removed: 0, floating: 0 });
    expect(arrived).toMatchObject({ changes: { releases: [{ image: 'alpine' }] } });
    await expectJson(world, ['apply']);
    const tags = await destinationTags(world);
    expect(tags.get('alpine:latest')).toBe(lockedTags(readLock(world)).get(`alpine:${next}`));
  });

  it('promise 3: where nothing of an image is published, nothing of it is locked', async () => {
    const lone = await setWorld({ images: everything, library: tinyLibrary });
    lone.source.respond(({ kind }) => (kind === 'manifest' ? { status: 404, body: '{}' } : undefined));
    const report = await expectJson(lone, ['lock']);
    expect(report.counts['added']).toBe(0);
    expect(lockedTags(readLock(lone)).size).toBe(0);
    await expectJson(lone, ['apply']);
    expect(await destinationTags(lone)).toEqual(new Map());
  });

  it('promise 6: a file is replaced whole or not at all', async () => {
    const world = await lockedMirror();
    const before = lockText(world);
    world.upstream.release('alpine', '3.24.1', '3.24.2');
    await world.upstream.commit('Announce a version of alpine');
    const random = seededRandom();
    let left = random.whole(0, 2);
    // One is refused for sure, the others by chance.
    const isRefused = () => left-- === 0 || random.number() < 0.5;
    world.source.respond(({ kind, method }) =>
      kind === 'manifest' && method === 'HEAD' && isRefused() ? { status: 403, body: '{}' } : undefined,
    );
    expect((await mirrorlock(world, ['lock'])).code).toBe(1);
    world.source.respond(undefined);
    expect(lockText(world)).toBe(before);
    expect(readdirSync(world.mirror).filter((name) => name.startsWith('mirrors.lock.yaml'))).toEqual([
      'mirrors.lock.yaml',
    ]);
  });
});

describe('promise 9: 401 and 403 are errors, never "absent"; a HEAD is never replaced by a GET', () => {
  let world: World;
  beforeAll(async () => {
    world = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(world, ['lock']);
  });

  it.each([
    [401, 'source', 'lock'],
    [403, 'source', 'lock'],
    [401, 'destination', 'plan'],
    [403, 'destination', 'apply'],
    [403, 'destination', 'verify'],
  ] as const)('%i at the %s: %s fails', async (status, side, command) => {
    const proxy = world[side];
    proxy.reset();
    const body = '{"errors":[{"code":"DENIED"}]}';
    proxy.respond(({ kind }) => (kind === 'manifest' ? { status, body } : undefined));
    const { code, stderr } = await mirrorlock(world, [command]);
    proxy.respond(undefined);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(status === 401 ? /registry\/unauthorized/ : /registry\/denied/);
    expect(proxy.counts()).toMatchObject({ manifestGet: 0, manifestPut: 0 });
  });
});

describe('promise 8: no name or tag can inject into a rendered file', () => {
  it('refuses a library file with a hostile tag, and goes on without the image', async () => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(world, ['lock']);
    const before = lockedTags(readLock(world));
    const hostile = ['$(touch /tmp/pwned)', '$' + '{{ secrets.TOKEN }}', "a': {}", '../../x', '1"\n  evil: true'];
    for (const tag of hostile) {
      world.upstream.write(
        'alpine',
        `${world.upstream.read('alpine').split('\n\n').slice(0, 2).join('\n\n')}\n\nTags: ${tag}\nGitCommit: ${'0'.repeat(40)}\nDirectory: x\n`,
      );
      await world.upstream.commit('Try to inject');
      const { code, stderr } = await mirrorlock(world, ['lock']);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('library/alpine');
      await mirrorlock(world, ['render']);
      expect(lockedTags(readLock(world))).toEqual(before);
      const rendered = readFileSync(join(world.mirror, 'sync/alpine.yaml'), 'utf8');
      expect(rendered).not.toMatch(/pwned|secrets|evil|\.\./);
    }
    expect((await mirrorlock(world, ['lock', '--strict'])).code).toBe(1);
  });

  it('refuses a lockfile edited to inject', async () => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(world, ['lock']);
    writeFileSync(join(world.mirror, 'mirrors.lock.yaml'), lockText(world).replace('"latest"', '"latest\\n- evil"'));
    for (const command of ['render', 'apply', 'verify', 'check']) {
      const { code, stderr } = await mirrorlock(world, [command]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/mirrors\.lock\.yaml:\d+:\d+: error lock\//);
    }
  });
});

/** Every file of the mirror repository with its time of change. */
function files(world: World): Map<string, number> {
  const names = readdirSync(world.mirror, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.startsWith('.git'),
  );
  return new Map(names.map((name) => [name, statSync(join(world.mirror, name)).mtimeMs]));
}
