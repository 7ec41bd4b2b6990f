import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { chooseImages } from '../../src/plan/choose.ts';
import { inShard } from '../../src/plan/matrix.ts';
import { locked, lockedImage, lockfile } from '../lock/build.ts';

const names = ['alpine', 'debian', 'eclipse-temurin', 'golang', 'r-base'];
const { images } = lockfile(...names.map((name) => lockedImage(name, locked(name, 'latest'))));

function chosen(patterns?: readonly string[], shard?: { index: number; count: number }): string[] {
  const choice = { ...(patterns && { images: patterns }), ...(shard && { shard }) };
  return chooseImages(images, choice).map(({ image }) => image);
}

function problemsOf(patterns: readonly string[], from = images) {
  try {
    chooseImages(from, { images: patterns });
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  return [];
}

describe('the images to work on', () => {
  test.each([
    ['all, unless told', undefined, names],
    ['one by name', ['debian'], ['debian']],
    ['several, in the order of the lockfile', ['r-base', 'alpine'], ['alpine', 'r-base']],
    ['those of a glob', ['*a*e'], ['alpine', 'r-base']],
    ['those of a regular expression', ['/-/'], ['eclipse-temurin', 'r-base']],
    ['those of alternatives', ['{golang,debian}'], ['debian', 'golang']],
    ['those of a list with commas', ['r-base,alpine', 'debian'], ['alpine', 'debian', 'r-base']],
    ['those of a list that holds alternatives', ['{golang,debian},al*'], ['alpine', 'debian', 'golang']],
    ['those of a regular expression with a comma', ['/^[a-z]{5,6}$/'], ['alpine', 'debian', 'golang']],
    ['each once', ['a*', 'alpine'], ['alpine']],
    ['all by a star', ['*'], names],
  ])('are %s', (_, patterns, expected) => {
    expect(chosen(patterns)).toEqual(expected);
  });

  test('are those of the shard among them', () => {
    for (const index of [1, 2, 3]) {
      const shard = { index, count: 3 };
      expect(chosen(undefined, shard)).toEqual(names.filter((name) => inShard(name, shard)));
      expect(chosen(['*a*'], shard)).toEqual(chosen(['*a*']).filter((name) => inShard(name, shard)));
    }
  });

  test('may be none in a shard, which is no error', () => {
    const empty = [1, 2].find((index) => !inShard('golang', { index, count: 2 })) ?? 0;
    expect(chosen(['golang'], { index: empty, count: 2 })).toEqual([]);
  });
});

describe('a name that the lockfile does not have', () => {
  test('is an error that suggests the nearest, for each of them', () => {
    expect(problemsOf(['debain', 'alpine', 'go*', 'eclipse-temurim'])).toEqual([
      {
        code: 'plan/unknown-image',
        severity: 'error',
        message: 'The lockfile has no image of this name.',
        value: 'debain',
        hint: 'Did you mean `debian`?',
      },
      {
        code: 'plan/unknown-image',
        severity: 'error',
        message: 'The lockfile has no image of this name.',
        value: 'eclipse-temurim',
        hint: 'Did you mean `eclipse-temurin`?',
      },
    ]);
  });

  test('gets no suggestion from an empty lockfile', () => {
    expect(problemsOf(['debian'], [])).toEqual([
      {
        code: 'plan/unknown-image',
        severity: 'error',
        message: 'The lockfile has no image of this name.',
        value: 'debian',
      },
    ]);
  });
});

test.each([
  ['', 'A name or pattern has 1 to 255 characters.'],
  ['x'.repeat(256), 'A name or pattern has 1 to 255 characters.'],
  ['[', '`[` has no `]`.'],
  ['Debian', '`D` stands in no glob for an image name.'],
  ['debian:12', '`:` stands in no glob for an image name.'],
  ['\0', '`\0` stands in no glob for an image name.'],
])('%j is refused as a pattern', (pattern, message) => {
  expect(problemsOf([pattern, 'alpine'])).toMatchObject([{ code: 'plan/bad-pattern', value: pattern, message }]);
});

test('an empty part of a list is refused, so that a list that came out empty never means all', () => {
  for (const list of ['', ',', 'alpine,', ',alpine', 'alpine,,debian']) {
    expect(problemsOf([list])).toContainEqual(expect.objectContaining({ code: 'plan/bad-pattern', value: '' }));
  }
});
