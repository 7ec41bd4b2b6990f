import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gitIn } from '../support/git.ts';
import { destinationTags, expectJson, lockText, mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld } from '../support/world.ts';

it('promise 12: what is applied was merged: nothing from an unmerged revision, and no locked tag that the rules do not want or that neither the source nor an earlier merged lockfile knows at that digest', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  const git = gitIn(world.mirror);
  const commit = async (message: string) => {
    await git('add', '--all');
    await git('commit', '--quiet', '--allow-empty', `--message=${message}`);
  };
  await expectJson(world, ['lock']);
  const merged = lockText(world);
  await commit('Lock');

  await git('switch', '--quiet', '--create', 'unmerged');
  await commit('Not merged');
  await git('switch', '--quiet', 'main');
  expect((await mirrorlock(world, ['apply', '--at', 'unmerged'])).code).toBe(2);
  writeFileSync(join(world.mirror, 'mirrors.lock.yaml'), `${merged}# by hand\n`);
  expect((await mirrorlock(world, ['apply'], { CI: 'true' })).code).toBe(2);
  expect(await destinationTags(world)).toEqual(new Map());

  const digest = /sha256:[0-9a-f]{64}(?=\n +tags:\n +- "3\.23)/.exec(merged)?.[0] ?? '';
  writeFileSync(join(world.mirror, 'mirrors.lock.yaml'), merged.replace(digest, `sha256:${'0'.repeat(64)}`));
  const file = join(world.mirror, 'mirrors.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('["*"]', '[alpine]'));
  await commit('Unwanted and unknown');
  expect((await mirrorlock(world, ['apply'], { CI: 'true' })).code).toBe(1);
  const tags = [...(await destinationTags(world)).keys()].sort();
  expect(tags).toEqual(['3', '3.24', '3.24.1', '3.24.1-x', 'latest'].map((tag) => `alpine:${tag}`));
});
