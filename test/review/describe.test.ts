import { describe, expect, test } from 'vitest';
import { bytesText } from '../../src/core/bytes.ts';
import { parseImageName } from '../../src/core/names.ts';
import type { Lockfile } from '../../src/lock/types.ts';
import { describeChange } from '../../src/review/describe.ts';
import { upstreamLinks } from '../../src/review/links.ts';
import { locked, lockedImage, lockfile } from '../support/lockfiles.ts';
import { renderPage } from '../support/markdown-page.ts';

const [from, to] = ['c0ff'.repeat(10), 'f00d'.repeat(10)];
const ofImages = (...names: readonly string[]): Lockfile =>
  lockfile(...names.map((name) => lockedImage(name, locked('a', '1'))));
const headlineOf = (after: Lockfile) => describeChange({ forge: 'github', before: undefined, after }).headline;

describe('the headline', () => {
  test('names three images and counts the others', () => {
    expect(headlineOf(ofImages('debian', 'golang'))).toBe('debian, golang: 2 tags added');
    expect(headlineOf(ofImages('a', 'b', 'c', 'd', 'e'))).toBe('a, b, c and 2 more: 5 tags added');
  });

  test('names fewer where they are long, and none that a forge makes a link of', () => {
    const long = 'x'.repeat(60);
    expect(headlineOf(ofImages('a', long, `${long}y`))).toBe(`a, ${long} and 1 more: 3 tags added`);
    expect(headlineOf(ofImages('y'.repeat(200)))).toBe('1 image: 1 tag added');
    expect(headlineOf(ofImages('gh-12', 'deadbeef', 'www.example', 'debian'))).toBe('debian and 3 more: 4 tags added');
  });

  test('says what else changes where no tag does', () => {
    const [before] = [ofImages('debian')];
    const change = (after: Lockfile, files: readonly string[]) =>
      describeChange({ forge: 'github', before, after, files }).headline;
    expect(change(before, ['a', 'b'])).toBe('2 rendered files brought up to date');
    expect(change({ ...before, upstream: { ...before.upstream, commit: to } }, [])).toBe(
      'a newer upstream commit, no tag changed',
    );
    expect(change(before, [])).toBe('no change');
  });
});

describe('links to upstream', () => {
  test.each([
    ['https://github.com/docker-library/official-images.git', 'https://github.com/docker-library/official-images/'],
    ['https://github.com/docker-library/official-images', 'https://github.com/docker-library/official-images/'],
    ['git@github.com:docker-library/official-images.git', 'https://github.com/docker-library/official-images/'],
    ['https://github.example.com:8443/a/b.git', 'https://github.example.com:8443/a/b/'],
    ['https://gitlab.com/group/sub/official-images.git', 'https://gitlab.com/group/sub/official-images/-/'],
    ['ssh://git@gitlab.example.org:2222/a/b.git', 'https://gitlab.example.org/a/b/-/'],
  ])('of %s', (repository, base) => {
    const links = upstreamLinks(repository);
    expect(links.compare(from, to)).toBe(`${base}compare/${from}...${to}`);
    expect(links.libraryFile(to, 'debian')).toBe(`${base}blob/${to}/library/debian`);
    expect(links.compare(from, 'master')).toBeUndefined();
    expect(links.libraryFile(to, '../x')).toBeUndefined();
  });

  test.each([
    'https://git.example/a/b.git',
    './official-images',
    '/srv/github.com/a/b',
    'file:///srv/a/b',
    'https://evilgithub.com/a/b',
    '',
  ])('there are none for %j', (repository) => {
    expect(upstreamLinks(repository).compare(from, to)).toBeUndefined();
    expect(upstreamLinks(repository).libraryFile(to, 'debian')).toBeUndefined();
  });

  test('an image that is gone has no link to a file that is gone', () => {
    const github = (lock: Lockfile, commit: string) => ({
      ...lock,
      upstream: { repository: 'https://github.com/a/b', commit },
    });
    const before = github(ofImages('centos', 'debian'), from);
    const { body } = describeChange({ forge: 'github', before, after: github(ofImages('golang'), to) });
    const links = renderPage(body).elements.filter(({ name }) => name === 'a');
    expect(links.map(({ attributes }) => attributes['href'])).toEqual([
      `https://github.com/a/b/compare/${from}...${to}`,
      `https://github.com/a/b/blob/${to}/library/golang`,
    ]);
  });
});

describe('the text', () => {
  test('tells bytes in units that people read', () => {
    expect([0, 999, 1_000, 1_234_567, 5e9, 7.1e12, 9e15].map(bytesText)).toEqual([
      ...['0 B', '999 B', '1.0 kB', '1.2 MB', '5.0 GB', '7.1 TB', '9000 TB'],
    ]);
  });

  test('does not guess a cost of one new digest for what is locked under another tag', () => {
    const image = (line: string) => lockfile(lockedImage('debian', locked('a', line)));
    const { body } = describeChange({ forge: 'github', before: image('13'), after: image('13 latest') });
    expect(body).toContain('Pulls at the source: none');
  });

  test('keeps the checkbox and the markers where nothing else fits', () => {
    const image = { image: parseImageName('debian'), entries: [locked('a', '1')] };
    const { body } = describeChange({
      forge: 'github',
      before: undefined,
      after: lockfile(image),
      notes: Array.from({ length: 30 }, (_, index) => ({ title: `Note ${index}`, text: ['word '.repeat(300)] })),
      checkbox: { text: 'Overwrite this branch.', ticked: true },
      markers: ['update', 'content:x'],
      maxLength: 8_000,
    });
    expect(body.length).toBeLessThanOrEqual(8_000);
    expect(body).toMatch(
      /- \[x\] Overwrite this branch\.\n\n<!-- mirrorlock:update -->\n<!-- mirrorlock:content:x -->\n$/,
    );
    expect(body).toContain('This text would be too long with `Note ');
  });
});
