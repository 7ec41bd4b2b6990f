import { expect, test } from 'vitest';
import { readLibraryFile } from '../../src/upstream/reader.ts';
import { gitSyncIn } from './git.ts';
import { buildImage } from './images/build.ts';
import { imageFromLibraryFile } from './images/from-library.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { makeUpstream } from './upstream.ts';

const open = () => makeUpstream(temporaryDirectory().path);
const git = (folder: string, ...args: string[]) => gitSyncIn(folder)(...args);

test('the upstream is a git repository of library files that the project reads', async () => {
  const upstream = await open();
  expect(git(upstream.path, 'status', '--porcelain')).toBe('');
  expect(git(upstream.path, 'ls-files').split('\n')).toEqual(upstream.images().map((name) => `library/${name}`));
  for (const image of upstream.images()) {
    expect(readLibraryFile(upstream.read(image)), image).toMatchObject({
      kind: 'read',
      groups: expect.arrayContaining([]),
    });
  }
});

test('the same history has the same commits', async () => {
  const commits = await Promise.all(
    [await open(), await open()].map((upstream) => {
      upstream.release('golang', '1.27.0', '1.27.1');
      return upstream.commit('Update golang to 1.27.1');
    }),
  );
  expect(commits[0]).toBe(commits[1]);
});

test('a release renames the tags of that version alone, and says what it is built from', async () => {
  const upstream = await open();
  const before = upstream.read('golang');
  upstream.release('golang', '1.27.0', '1.27.1');
  const after = upstream.read('golang');
  expect(after).not.toContain('1.27.0');
  expect(after.match(/1\.27\.1-trixie/g)).toHaveLength(before.match(/1\.27\.0-trixie/g)?.length ?? 0);
  const changed = before.split('\n\n').filter((paragraph) => !after.includes(paragraph));
  expect(changed).toHaveLength(before.split('\n\n').filter((paragraph) => paragraph.includes('1.27.0')).length);
  expect(() => upstream.release('golang', '1.27', '1.28')).not.toThrow();
  expect(after).toContain('alpine3.24');
});

test('a release of a version that is not there is refused', async () => {
  const upstream = await open();
  expect(() => upstream.release('golang', '1.2', '1.3')).toThrow('1.2');
});

test('shared tags of a library file join exactly the entries that carry them', async () => {
  const upstream = await open();
  const image = imageFromLibraryFile('library/golang', upstream.read('golang'));
  const latest = image.groups.find(({ tags }) => tags.includes('latest'));
  const members = latest?.members?.map((member) => image.groups[member]?.tags[0]);
  expect(members).toEqual(['1.27.0-trixie', '1.27.0-windowsservercore-ltsc2025', '1.27.0-windowsservercore-ltsc2022']);
  expect(buildImage(image).manifestOf('latest').children).toHaveLength(7 * 2 + 2);
});

test('an upstream may have files of one’s own instead', async () => {
  const upstream = await makeUpstream(temporaryDirectory().path, { broken: 'Tags: $(x)\n' });
  expect(upstream.images()).toEqual(['broken']);
  upstream.remove('broken');
  await upstream.commit('Remove it');
  expect(git(upstream.path, 'log', '--format=%s')).toBe('Remove it\nAdd the library');
});
