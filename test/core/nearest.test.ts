import { describe, expect, test } from 'vitest';
import { nearest, unknownNameHint } from '../../src/core/nearest.ts';

const images = [
  'alpine',
  'debian',
  'eclipse-temurin',
  'golang',
  'mongo',
  'mongo-express',
  'node',
  'postgres',
  'python',
  'r-base',
];

describe('the nearest names', () => {
  test.each([
    ['goland', 'golang'],
    ['Debian', 'debian'],
    ['temurin', 'eclipse-temurin'],
    ['mongodb', 'mongo'],
    ['nodejs', 'node'],
    ['postgresql', 'postgres'],
    ['pyhton', 'python'],
    ['mongo-expres', 'mongo-express'],
    ['express', 'mongo-express'],
    ['ndoe', 'node'],
  ])('of %s begin with %s', (query, meant) => {
    expect(nearest(query, images)[0]).toBe(meant);
  });

  test.each(['', 'kubernetes', 'zzzzzz', '*'.repeat(500)])('of %j are none', (query) => {
    expect(nearest(query, images)).toEqual([]);
  });

  test('come nearest first, the plainest first of equals', () => {
    expect(nearest('bookwrm', ['12-slim-bookworm', 'bookworm-slim', 'bookworm', 'trixie'])).toEqual([
      'bookworm',
      'bookworm-slim',
      '12-slim-bookworm',
    ]);
    expect(nearest('3.13.9-slim', ['3.13.8-slim', '3.13.2-slim', '3.12.9', '3.13.2'])).toEqual([
      '3.13.2-slim',
      '3.13.8-slim',
    ]);
  });

  test('are at most as many as asked for', () => {
    expect(nearest('ab', ['aa', 'ac', 'ad', 'ae'], 2)).toEqual(['aa', 'ac']);
  });
});

describe('the hint for an unknown name', () => {
  test.each([
    ['mian', ['main', 'eu-west'], 'Did you mean `main`?'],
    ['MAIN', ['main', 'eu-west'], 'Did you mean `main`?'],
    ['eu', ['main', 'eu-west'], 'Did you mean `eu-west`?'],
    ['zzz', ['main'], 'There is `main`.'],
    ['zzz', ['main', 'eu-west'], 'There are `main` and `eu-west`.'],
    ['eu', ['main', 'eu-west', 'eu-east'], 'There are `eu-west` and `eu-east`.'],
    ['', ['main'], 'There is `main`.'],
  ])('%j among %j', (word, names, hint) => {
    expect(unknownNameHint(word, names)).toBe(hint);
  });

  test('lists only the first of many, and is absent where there are none', () => {
    const many = Array.from({ length: 170 }, (_, index) => `image-${index}`);
    expect(unknownNameHint('zzz', many)).toMatch(/^There are `image-0`, .*`image-15` and 154 more\.$/);
    expect(unknownNameHint('zzz', [])).toBeUndefined();
  });
});
