import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { diffLockfiles } from '../../src/diff/diff.ts';
import { withoutGroups } from '../../src/runs/apply/applied-changes.ts';
import { type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { digest, locked, lockedImage, lockfile } from '../support/lockfiles.ts';
import { renderPage } from '../support/markdown-page.ts';
import { lockText } from '../support/mirror.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

/** Each step begins where the one before ended. */
describe('apply says what it brought', () => {
  const step = story();
  let all: ForgeWorld;
  const summary = () => join(all.world.home, 'summary.md');
  const apply = async (args: readonly string[] = [], code = 0) => {
    rmSync(summary(), { force: true });
    const { stdout } = await all.run(['apply', '--summary', summary(), ...args], code);
    return { stdout, text: renderPage(existsSync(summary()) ? readFileSync(summary(), 'utf8') : '').text };
  };
  const release = async (image: string, from: string, to: string) => {
    all.world.upstream.release(image, from, to);
    await all.world.upstream.commit(`Update ${image}`);
    publish(all.world.upstream, all.world.source);
    await all.run(['lock']);
    return all.commit(`Update ${image}`);
  };

  beforeAll(async () => {
    all = await onGitHub(await setWorld({ images: everything, library: tinyLibrary }), { contents: 'write' });
    await all.run(['lock']);
    await all.commit('Lock');
  });

  step('nothing of the first lockfile, which no other came before, and nothing where nothing is put', async () => {
    expect((await apply()).text).not.toContain('Applied since');
    expect((await apply()).text).not.toContain('Applied since');
  });

  step('a release since the lockfile that was merged before, of the images that the run is about', async () => {
    const before = await all.git('rev-parse', '--short=12', 'HEAD');
    await release('alpine', '3.24.1', '3.24.2');
    expect((await apply(['--image', 'busybox'])).text).not.toContain('Applied since');
    const { stdout, text } = await apply(['--image', 'alpine']);
    expect(stdout).toContain(`Since ${before}: alpine 3.24.2`);
    expect(text).toContain(`Applied since ${before}`);
    expect(text).toMatch(/Releases\s*alpine: 3\.24\.1 → 3\.24\.2/);
  });

  step('all since the newest mark, over several merged lockfiles', async () => {
    const { mark } = (await all.json(['verify', '--mark'])) as { mark: { tag: string } };
    await all.git('fetch', '--quiet', '--tags', all.repository.git.folder);
    await release('alpine', '3.24.2', '3.24.3');
    await release('busybox', '1.38.0', '1.38.1');
    const { text } = await apply();
    expect(text).toContain(`Applied since ${mark.tag}`);
    expect(text).toContain('alpine: 3.24.2 → 3.24.3');
    expect(text).toContain('busybox: 1.38.0 → 1.38.1');
  });

  step('not of what failed', async () => {
    await all.run(['verify', '--mark']);
    await all.git('fetch', '--quiet', '--tags', all.repository.git.folder);
    await release('busybox', '1.38.1', '1.38.2');
    await release('alpine', '3.24.3', '3.24.4');
    const [, section = ''] = lockText(all.world).split('busybox:');
    const [bad = ''] = section.match(/sha256:[0-9a-f]{64}/) ?? [];
    writeFileSync(
      join(all.world.mirror, 'mirrors.lock.yaml'),
      lockText(all.world).replaceAll(bad, `sha256:${'0'.repeat(64)}`),
    );
    await all.commit('Break busybox');
    const { text, stdout } = await apply([], 1);
    expect(stdout).toMatch(/^Since \S+: alpine 3\.24\.4$/m);
    expect(text).toContain('alpine: 3.24.3 → 3.24.4');
    expect(text).not.toMatch(/busybox: 1\.38/);
  });
});

describe('a lockfile of which some groups were not put', () => {
  const before = lockfile(lockedImage('golang', locked('a', '1.26.6 1.26 latest'), locked('b', '1.25.9 1.25')));
  const after = lockfile(lockedImage('golang', locked('c', '1.26.7 1.26 latest'), locked('d', '1.25.9 1.25')));
  const told = (...names: string[]) => {
    const left = names.map((name) => ({ image: 'golang' as never, digest: digest(name) }));
    return diffLockfiles(before, { ...after, images: withoutGroups(before.images, after.images, left) }).images;
  };

  test('has their tags where they were', () => {
    expect(told('c')).toMatchObject([
      { releases: [], rebuilt: [{ tags: ['1.25.9', '1.25'] }], removed: [], floating: [] },
    ]);
    expect(told('d')).toMatchObject([{ releases: [{ version: { to: '1.26.7' } }], rebuilt: [], ended: [] }]);
    expect(told('c', 'd')).toEqual([]);
  });

  test('has no image of which nothing was put and nothing was there', () => {
    expect(withoutGroups([], after.images, [{ image: 'golang' as never, digest: digest('c') }])).toMatchObject([
      { entries: [{ tags: ['1.25.9', '1.25'] }] },
    ]);
    const both = ['c', 'd'].map((name) => ({ image: 'golang' as never, digest: digest(name) }));
    expect(withoutGroups([], after.images, both)).toEqual([]);
  });
});
