import { describe, expect, test } from 'vitest';
import { commit, file, head, otherCommit, read, tagsIn } from './reader-support.ts';

describe('a library file', () => {
  test('has groups with tags in its order, and platforms in that of bashbrew’s names', () => {
    const text = file([
      'Tags: 1.2-trixie, 1.2, latest\nArchitectures: s390x, amd64, arm64v8, i386, amd64, windows-amd64, arm32v7\n',
    ]);
    expect(read(text)).toEqual({
      kind: 'read',
      entryCount: 1,
      groups: [
        {
          tags: ['1.2-trixie', '1.2', 'latest'],
          platforms: ['linux/amd64', 'linux/arm/v7', 'linux/arm64/v8', 'linux/386', 'linux/s390x', 'windows/amd64'],
          shared: false,
        },
      ],
    });
  });

  test('of a retired image has no groups', () => {
    expect(read('Maintainers: A (@a)\n')).toEqual({ kind: 'read', entryCount: 0, groups: [] });
  });

  test('is for amd64 where it says nothing', () => {
    expect(read(file(['Tags: a\n'])).groups[0]?.platforms).toEqual(['linux/amd64']);
  });

  test('may end without a line end, and in the middle of a blank line', () => {
    expect(tagsIn(file(['Tags: a']))).toEqual(['a']);
    expect(tagsIn(file(['Tags: a\n\r']))).toEqual(['a']);
  });
});

describe('lines', () => {
  test('are comments after blanks too, and inside a continued value', () => {
    expect(tagsIn(file(['# x\nTags: a,\n  # Tags: b\n c,\n#\n d\n\u00a0\u0085#x\n']))).toEqual(['a c d']);
  });

  test('are parts of a paragraph where they hold blanks alone', () => {
    expect(tagsIn(file(['Tags: a,\n \n\t\n b\n']))).toEqual(['a b']);
  });

  test('end a paragraph where they are empty, as often as one likes, in both styles', () => {
    expect(tagsIn(`\n\r\n\n${file(['\n\n\r\nTags: a\nFile: x\r\n\r\n\r\nTags: b\n\n\n'])}`)).toEqual(['a', 'b']);
  });

  test('count last where a field stands twice', () => {
    expect(tagsIn(file(['Tags: a\nTags: b,\n c\n d: e\nTags: f\n']))).toEqual(['f']);
  });

  test('hold fields whose names differ by case, and may hold unknown ones', () => {
    expect(tagsIn(file(['Tags: a\ntags: b\nFoo: c\n: d\n']))).toEqual(['a']);
  });

  test('are trimmed as Go trims them: U+0085 is space, U+FEFF is not', () => {
    expect(tagsIn(file(['\u0085Tags\u00a0: \u2003a\u0085\n']))).toEqual(['a']);
    expect(tagsIn(file(['Tags: a\n\ufeffTags: b\n']))).toEqual(['a']);
  });

  test('that continue nothing are ignored', () => {
    expect(tagsIn(` x\n${file([' y\nTags: a\n'])}`)).toEqual(['a']);
  });
});

describe('defaults of the first paragraph', () => {
  const both = 'SharedTags: s\nArchitectures: i386\n';

  test('are inherited, shared tags and architectures too', () => {
    const { groups } = read(file(['Tags: a\n'], both));
    expect(groups.map(({ tags, platforms }) => [tags, platforms])).toEqual([
      [['a'], ['linux/386']],
      [['s'], ['linux/386']],
    ]);
  });

  test('are replaced by an entry’s own shared tags and architectures, never extended', () => {
    const { groups } = read(file(['Tags: a\nSharedTags: t\nArchitectures: amd64\n'], both));
    expect(groups.map(({ tags, platforms }) => [tags, platforms])).toEqual([
      [['a'], ['linux/amd64']],
      [['t'], ['linux/amd64']],
    ]);
  });

  test('do no harm where no entry inherits them', () => {
    expect(tagsIn(file(['Tags: a\nSharedTags: t\n'], 'SharedTags: -bad\n'))).toEqual(['a', '+ t']);
    expect(tagsIn(file([], 'SharedTags: -bad\nGitFetch: bad\nConstraints: x\n'))).toEqual([]);
  });

  test('may be the commit, the branch and the repository', () => {
    const own = `GitRepo: x\nGitFetch: refs/tags/v1\nGitCommit: ${'c'.repeat(64)}\n`;
    expect(tagsIn(`Maintainers: A (@a)\n\nTags: a\n${own}`)).toEqual(['a']);
  });
});

describe('entries with one build are merged', () => {
  const merged = ['a b'];
  const apart = ['a', 'b'];

  test.each([
    ['nothing differs', '', '', merged],
    ['the commit differs', '', `GitCommit: ${otherCommit}\n`, apart],
    ['the repository differs', '', 'GitRepo: y\n', apart],
    ['the branch differs', '', 'GitFetch: refs/heads/y\n', apart],
    ['the branch is the default one', '', 'GitFetch: refs/heads/master\n', merged],
    ['the folder differs', '', 'Directory: y\n', apart],
    ['the folder is written in another way', 'Directory: x/y\n', 'Directory: ./x//z/../y/\n', merged],
    ['the folder is empty, which is the default one', '', 'Directory:\n', merged],
    ['the file differs', '', 'File: y\n', apart],
    ['the file is the default one', '', 'File: Dockerfile\n', merged],
    ['the file is empty', '', 'File:\n', apart],
    ['the builder differs', '', 'Builder: buildkit\n', apart],
    ['the architectures differ', '', 'Architectures: amd64, i386\n', apart],
    [
      'the architectures are in another order',
      'Architectures: i386, amd64\n',
      'Architectures: amd64, i386, amd64\n',
      merged,
    ],
    ['the constraints differ', '', 'Constraints: x\n', apart],
    ['the constraints are in another order', 'Constraints: x, y\n', 'Constraints: y, x\n', apart],
    ['the constraints are an empty one, which looks like none', '', 'Constraints:\n', merged],
    ['the maintainers differ', '', 'Maintainers: C (@c)\n', merged],
    ['a value for an architecture differs', '', 's390x-File: y\n', apart],
    ['a value for an architecture is empty', '', 's390x-File:\n', merged],
    ['a folder for an architecture is written in another way', 'i386-Directory: y\n', 'i386-Directory: ./y/\n', merged],
    ['a field ends like one for an architecture', 'x-Foo: 1\n', 'x-Foo: 2\n', merged],
  ])('or not: %s', (_, one, other, expected) => {
    expect(tagsIn(file([`Tags: a\n${one}`, `Tags: b\n${other}`]))).toEqual(expected);
    expect(
      tagsIn(file([`Tags: b\n${other}`, `Tags: a\n${one}`]))
        .join(' ')
        .split(' ')
        .sort(),
    ).toEqual(['a', 'b']);
  });

  test.each([
    ['an empty value takes a default away', 's390x-File: y\n', '', 's390x-File:\n', apart],
    ['a value equal to the default is the same', 's390x-File: y\n', '', 's390x-File: y\n', merged],
    ['constraints follow the default ones', 'Constraints: x\n', 'Constraints: y\n', '', apart],
    ['an empty constraint is one where there are others', 'Constraints: x\n', 'Constraints:\n', '', apart],
    ['a default constraint that is empty looks like none', 'Constraints:\n', '', 'Architectures: amd64\n', merged],
  ])('with defaults: %s', (_, defaults, one, other, expected) => {
    expect(tagsIn(file([`Tags: a\n${one}`, `Tags: b\n${other}`], defaults))).toEqual(expected);
  });

  test('however far apart, with tags in the order of the file, and shared tags once', () => {
    const text = file(['Tags: a\nSharedTags: s, t, s\n', 'Tags: b\nFile: y\n', 'Tags: c\nSharedTags: t, u\n']);
    expect(read(text).entryCount).toBe(2);
    expect(tagsIn(text)).toEqual(['a c', '+ s t u', 'b']);
  });
});

describe('shared tags', () => {
  test('make a group for each set of entries that carry them, right after the first of these', () => {
    const text = file([
      'Tags: a\nSharedTags: s1, all, t1\nDirectory: a\nArchitectures: s390x\n',
      'Tags: b\nSharedTags: s2, all\nDirectory: b\n',
      'Tags: c\nSharedTags: all, s2\nDirectory: c\nArchitectures: windows-amd64\n',
    ]);
    expect(tagsIn(text)).toEqual(['a', '+ s1 t1', '+ all', 'b', '+ s2', 'c']);
    const platforms = read(text).groups.map((group) => group.platforms.join(' '));
    expect(platforms[2]).toBe('linux/amd64 linux/s390x windows/amd64');
    expect(platforms[4]).toBe('linux/amd64 windows/amd64');
  });

  test('follow an order of groups by their first tag, not by their entries', () => {
    const text = file(['Tags: a\nSharedTags: x, y\nFile: a\n', 'Tags: b\nSharedTags: y, x\nFile: b\n']);
    expect(tagsIn(text)).toEqual(['a', '+ x y', 'b']);
  });
});

describe('the bounds', () => {
  const many = Array.from({ length: 10_000 }, (_, number) => `t${number}`);

  test('let 10,000 tags of one entry pass', () => {
    expect(read(file([`Tags: ${many.join(', ')}\n`])).groups[0]?.tags).toHaveLength(10_000);
  });

  test('let 10,000 entries pass, with shared tags', () => {
    const entries = many.map((tag, number) => `Tags: ${tag}\nFile: ${tag}\nSharedTags: s${number % 7}, latest\n`);
    const { entryCount, groups } = read(file(entries));
    expect(entryCount).toBe(10_000);
    expect(groups.filter(({ shared }) => shared)).toHaveLength(8);
  });

  test('let a file of 4 MiB pass, whose lines take no more than their share', () => {
    const room = 4 * 1024 * 1024 - head.length - 100;
    expect(tagsIn(`${head}X: ${'a/'.repeat(room / 2)}\n\nTags: a\n`)).toEqual(['a']);
    expect(tagsIn(`${head}X: y${'\n z'.repeat(room / 3)}\n\nTags: a\n`)).toEqual(['a']);
    expect(tagsIn(`${head}Directory: ${'a/'.repeat(room / 6)}${'../'.repeat(room / 6)}\n\nTags: a\n`)).toEqual(['a']);
    expect(tagsIn(`${head}${'x-File: 1\n'.repeat(room / 10)}\nTags: a\n`)).toEqual(['a']);
  });
});

test('a commit has 40 or 64 digits', () => {
  expect(tagsIn(file([`Tags: a\nGitCommit: ${commit}\n`, `Tags: b\nGitCommit: ${'0'.repeat(64)}`]))).toEqual([
    'a',
    'b',
  ]);
});
