import { describe, expect, test } from 'vitest';
import { parseTag } from '../../src/core/names.ts';
import { tagDigests } from '../../src/lock/types.ts';
import type { ResolvedGroup } from '../../src/resolve/types.ts';
import {
  assemble,
  digest,
  group,
  kept,
  locked,
  lockedImage,
  lockfile,
  pending,
  resolvedImage,
  rewritten,
} from '../support/lockfiles.ts';

describe('a lockfile', () => {
  test('holds the wanted tags of each group, and only those', () => {
    const debian = resolvedImage('debian', group('bookworm 12.12 12', 'a', '12.12 12'), group('trixie 13', 'b'));
    expect(assemble([debian])).toEqual(
      lockfile(lockedImage('debian', locked('a', '12.12 12'), locked('b', 'trixie 13'))),
    );
  });

  test('has its images sorted by name', () => {
    const images = ['zookeeper', 'alpine', 'a', 'golang'].map((name) => resolvedImage(name, group('1', name)));
    expect(assemble(images).images.map(({ image }) => image)).toEqual(['a', 'alpine', 'golang', 'zookeeper']);
  });

  test('leaves out an image without a group', () => {
    expect(assemble([resolvedImage('centos')]).images).toEqual([]);
  });

  test('joins groups of an image that share a digest, where the first stands, with the tags in their order', () => {
    const golang = resolvedImage(
      'golang',
      group('1.27.0-trixie 1.27-trixie', 'a'),
      group('1.26.4', 'b'),
      group('1.27.0 1.27 latest', 'a'),
    );
    expect(assemble([golang]).images).toEqual([
      lockedImage('golang', locked('a', '1.27.0-trixie 1.27-trixie 1.27.0 1.27 latest'), locked('b', '1.26.4')),
    ]);
  });

  test('keeps the same digest of two images apart', () => {
    const images = [resolvedImage('a', group('1', 'same')), resolvedImage('b', group('1', 'same'))];
    expect(assemble(images).images).toEqual([
      lockedImage('a', locked('same', '1')),
      lockedImage('b', locked('same', '1')),
    ]);
  });

  test('loses the tags and images that upstream no longer lists', () => {
    const before = lockfile(lockedImage('centos', locked('c', '7')), lockedImage('debian', locked('a', '12 11')));
    expect(assemble([resolvedImage('debian', group('12', 'a'))], before)).toEqual(
      lockfile(lockedImage('debian', locked('a', '12'))),
    );
  });
});

describe('promise 3: a tag never moves to, or disappears for, an image that is not published', () => {
  const before = lockfile(lockedImage('golang', locked('old', '1.27.0 1.27 1 latest'), locked('other', '1.26.4 1.26')));

  test('a pending group is listed, and the tags that it takes over stay where they are', () => {
    const golang = resolvedImage('golang', group('1.27.1 1.27 1 latest'), group('1.26.4 1.26', 'other'));
    expect(assemble([golang], before).images).toEqual([
      lockedImage(
        'golang',
        pending('1.27.1 1.27 1 latest'),
        locked('old', '1.27 1 latest'),
        locked('other', '1.26.4 1.26'),
      ),
    ]);
  });

  test('it takes them over once it is published', () => {
    const waiting = assemble([resolvedImage('golang', group('1.27.1 1.27 1 latest'))], before);
    const published = assemble([resolvedImage('golang', group('1.27.1 1.27 1 latest', 'new'))], waiting);
    expect(published.images).toEqual([lockedImage('golang', locked('new', '1.27.1 1.27 1 latest'))]);
  });

  test('a held digest that another group has joins that group', () => {
    const golang = resolvedImage('golang', group('1.27.1 1.27 latest'), group('1.27.0', 'old'));
    expect(assemble([golang], before).images).toEqual([
      lockedImage('golang', pending('1.27.1 1.27 latest'), locked('old', '1.27 latest 1.27.0')),
    ]);
    const reversed = resolvedImage('golang', group('1.27.0', 'old'), group('1.27.1 1.27 latest'));
    expect(assemble([reversed], before).images).toEqual([
      lockedImage('golang', locked('old', '1.27.0 1.27 latest'), pending('1.27.1 1.27 latest')),
    ]);
  });

  test('tags held from several digests stay at each', () => {
    const golang = resolvedImage('golang', group('1.28.0 1.27 1.26 latest'));
    expect(assemble([golang], before).images).toEqual([
      lockedImage('golang', pending('1.28.0 1.27 1.26 latest'), locked('old', '1.27 latest'), locked('other', '1.26')),
    ]);
  });

  test('only the wanted tags of a pending group are listed and held', () => {
    const golang = resolvedImage('golang', group('1.27.1 1.27 1 latest', undefined, '1.27'));
    expect(assemble([golang], before).images).toEqual([lockedImage('golang', pending('1.27'), locked('old', '1.27'))]);
  });

  test('a tag stays through any number of runs, and holds what it had, not what it is to have', () => {
    const golang = [resolvedImage('golang', group('1.27.1 latest'))];
    const first = assemble(golang, before);
    const second = assemble(golang, first);
    expect(second).toEqual(first);
    expect(tagDigests(second.images[0]).get(parseTag('latest'))).toBe(digest('old'));
  });

  test('an image of which nothing is published yet stands there as pending alone', () => {
    expect(assemble([resolvedImage('newcomer', group('1.0 latest'))]).images).toEqual([
      lockedImage('newcomer', pending('1.0 latest')),
    ]);
  });
});

describe('an image whose library file was refused', () => {
  const centos = lockedImage('centos', pending('9'), locked('b', '8 latest'), locked('a', '7'));

  test('stays word for word as it was', () => {
    const result = assemble([resolvedImage('alpine', group('3', 'x'))], lockfile(centos), ['centos', 'unheard-of']);
    expect(result.images).toEqual([lockedImage('alpine', locked('x', '3')), centos]);
  });

  test('loses the tags that the rules no longer want', () => {
    const isWanted = (image: string, tag: string) => image === 'centos' && tag === '8';
    expect(assemble([], lockfile(centos), ['centos'], isWanted).images).toEqual([
      lockedImage('centos', locked('b', '8')),
    ]);
    expect(assemble([], lockfile(centos), ['centos'], () => false).images).toEqual([]);
  });
});

describe('what is kept of an index', () => {
  const index = kept('a', 'linux/amd64', 'linux/arm64/v8');
  const entries = (...groups: readonly ResolvedGroup[]) =>
    assemble([resolvedImage('golang', ...groups)]).images[0]?.entries;
  const of = (line: string, own?: typeof index) => ({
    ...group(line, 'same'),
    ...(own === undefined ? {} : { index: own }),
  });

  test('stands with its group, and of another group nothing', () => {
    expect(entries(of('1', index), group('2', 'b'))).toStrictEqual([
      { ...locked('same', '1'), index },
      locked('b', '2'),
    ]);
  });

  test('stands with what is known of a pending group, and of another nothing', () => {
    const seen = { source: digest('s'), without: ['linux/386'], children: index.children };
    expect(entries({ ...group('1'), seen }, group('2'))).toStrictEqual([{ ...pending('1'), seen }, pending('2')]);
  });

  test('stays with a tag that is held', () => {
    const before = lockfile(lockedImage('golang', rewritten('1 latest', index)));
    expect(assemble([resolvedImage('golang', group('2 latest'))], before).images[0]?.entries).toStrictEqual([
      pending('2 latest'),
      rewritten('latest', index),
    ]);
  });

  test('is that of the group that tells it, where two groups share a digest', () => {
    for (const both of [
      [of('1'), of('2', index)],
      [of('1', index), of('2')],
      [of('1', index), of('2', index)],
    ])
      expect(entries(...both)).toStrictEqual([{ ...locked('same', '1 2'), index }]);
  });

  test('has all sources and all that was left out, each once and in order, where two groups tell it', () => {
    const from = (...names: readonly string[]) => ({ ...index, sources: names.map(digest) });
    const groups = [
      of('1', { ...from('one'), without: ['attestations', 'linux/s390x'] }),
      of('2', { ...from('two'), without: ['linux/386'] }),
      of('3', { ...from('three', 'one'), without: ['linux/386'] }),
    ];
    expect(entries(...groups)).toStrictEqual([
      {
        ...locked('same', '1 2 3'),
        index: {
          sources: [digest('one'), digest('two'), digest('three')],
          without: ['linux/386', 'linux/s390x', 'attestations'],
          children: index.children,
        },
      },
    ]);
  });
});
