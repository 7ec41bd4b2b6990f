import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { inShard, parseShard } from '../../src/plan/matrix.ts';

describe('a shard', () => {
  test.each([
    ['1/1', { index: 1, count: 1 }],
    ['2/4', { index: 2, count: 4 }],
    ['4/4', { index: 4, count: 4 }],
    ['0/4', { index: 4, count: 4 }],
    ['0/1', { index: 1, count: 1 }],
    ['10000/10000', { index: 10_000, count: 10_000 }],
    ['01/04', { index: 1, count: 4 }],
  ])('%s is read', (text, shard) => {
    expect(parseShard(text)).toEqual(shard);
  });

  test.each([
    '',
    '/',
    '1',
    '1/',
    '/4',
    '5/4',
    '0/0',
    '1/0',
    '-1/4',
    '1/-4',
    '1/4/2',
    ' 1/4',
    '1/4 ',
    '1/4\n',
    '1.5/4',
    '1e3/9999',
    'a/b',
    '1/10001',
    '100000/100000',
    '٣/٤',
  ])('%j is refused with what is right', (text) => {
    expect(() => parseShard(text)).toThrow(UserError);
    try {
      parseShard(text);
    } catch (error) {
      expect((error as UserError).problems).toEqual([
        {
          code: 'plan/shard',
          severity: 'error',
          message: 'A shard is written I/N, with I from 1 to N (or 0, which is N).',
          value: text,
          hint: 'such as 2/4',
        },
      ]);
    }
  });
});

const names = [
  'alpine',
  'busybox',
  'caddy',
  'centos',
  'debian',
  'eclipse-temurin',
  'fedora',
  'golang',
  'httpd',
  'mariadb',
  'memcached',
  'mongo',
  'mysql',
  'nginx',
  'node',
  'php',
  'postgres',
  'python',
  'redis',
  'ubuntu',
];

describe('the split by image', () => {
  test('is stable: these images are in these shards of four, in every version', () => {
    const assigned = Object.fromEntries(
      [1, 2, 3, 4].map((index) => [`${index}/4`, names.filter((name) => inShard(name, { index, count: 4 }))]),
    );
    expect(assigned).toEqual({
      '1/4': ['mariadb', 'node', 'postgres', 'redis'],
      '2/4': ['alpine', 'fedora'],
      '3/4': ['centos', 'httpd', 'memcached', 'mongo', 'php', 'ubuntu'],
      '4/4': ['busybox', 'caddy', 'debian', 'eclipse-temurin', 'golang', 'mysql', 'nginx', 'python'],
    });
  });

  test.each([
    ['from 1', 1],
    ['from 0', 0],
  ])('is disjoint and complete for any N, counted %s', (_, first) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.uniqueArray(fc.string(), { maxLength: 30 }), (count, images) => {
        const shards = Array.from({ length: count }, (_unused, index) => parseShard(`${index + first}/${count}`));
        for (const image of images) {
          expect(shards.filter((shard) => inShard(image, shard))).toHaveLength(1);
        }
      }),
    );
  });

  test('does not depend on the other images', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.subarray(names), (count, chosen) => {
        for (let index = 1; index <= count; index += 1) {
          const shard = { index, count };
          const all = names.filter((name) => inShard(name, shard));
          expect(chosen.filter((name) => inShard(name, shard))).toEqual(all.filter((name) => chosen.includes(name)));
        }
      }),
    );
  });
});
