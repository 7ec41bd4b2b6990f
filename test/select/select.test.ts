import { describe, expect, test } from 'vitest';
import { createSelector, select } from '../../src/select/select.ts';
import type { Rules } from '../../src/select/types.ts';
import type { Library } from '../../src/upstream/types.ts';
import { exclude, include, library, small } from '../support/selection.ts';

function wanted(from: Library, rules: Rules): Record<string, string[]> {
  const { images } = select(from, rules);
  return Object.fromEntries(images.map(({ image, groups }) => [image, groups.map((group) => group.wanted.join(' '))]));
}

describe('select', () => {
  test('takes every tag of a bare image name, in the order of upstream', () => {
    expect(wanted(small, { include: [include('alpine')], exclude: [] })).toEqual({
      alpine: ['20260805 edge', '3.23.2 3.23 3 latest', '3.22.4 3.22'],
    });
  });

  test('takes a tag when any pattern of the rule matches it', () => {
    const rules = { include: [include('debian', { tags: ['12*', '/^book/'] })], exclude: [] };
    expect(wanted(small, rules)).toEqual({ debian: ['bookworm bookworm-20260918 12.12 12', 'bookworm-slim 12-slim'] });
  });

  test('takes a tag only when both tags and versions match it', () => {
    const rules = { include: [include('python', { tags: ['*-slim-bookworm'], versions: ['>=3.13'] })], exclude: [] };
    expect(wanted(small, rules)).toEqual({ python: ['3.13.2-slim-bookworm 3.13-slim-bookworm'] });
  });

  test('takes a tag when any of several ranges holds its version', () => {
    const rules = { include: [include('*', { versions: ['3.13', '8'] })], exclude: [] };
    expect(wanted(small, rules)).toEqual({
      'eclipse-temurin': ['8u502-b07-jdk 8-jdk'],
      python: ['3.13.2-slim-bookworm 3.13-slim-bookworm'],
    });
  });

  test('leaves out what an exclude rule matches, and groups and images of which nothing is left', () => {
    const rules = {
      include: [include('debian'), include('golang')],
      exclude: [exclude('*', { tags: ['*-slim', '*rc*'] }), exclude('debian', { tags: ['latest'] })],
    };
    expect(wanted(small, rules)).toEqual({
      debian: ['bookworm bookworm-20260918 12.12 12', 'trixie 13.3 13'],
      golang: ['1.27.0-trixie 1.27-trixie', '1.27.0 1.27 1 latest'],
    });
    expect(wanted(small, { include: [include('debian')], exclude: [exclude('debian')] })).toEqual({});
  });

  test('sorts images by code units, in any order of the library', () => {
    const names = ['python', 'r-base', 'rabbitmq', 'node', 'r2', 'a-z', 'aa'];
    const found = select(library(Object.fromEntries(names.map((name) => [name, ['1']]))), {
      include: [include('*')],
      exclude: [],
    });
    expect(found.images.map(({ image }) => image)).toEqual(['a-z', 'aa', 'node', 'python', 'r-base', 'r2', 'rabbitmq']);
  });

  test('gives each group as upstream has it, the tags that are not wanted included', () => {
    const [image] = select(small, { include: [include('golang', { tags: ['1'] })], exclude: [] }).images;
    expect(image?.groups).toEqual([
      {
        wanted: ['1'],
        group: { tags: ['1.27.0', '1.27', '1', 'latest'], platforms: ['linux/amd64', 'linux/arm64/v8'], shared: false },
      },
    ]);
  });

  test('gives nothing for no rules at all', () => {
    expect(select(small, { include: [], exclude: [] }).images).toEqual([]);
  });
});

describe('a selector', () => {
  test('asks the rules about an image once, for as long as it is the same object', () => {
    let asked = 0;
    const rule = include('*');
    const countedMatches = (name: string) => {
      asked += 1;
      return rule.image.matches(name);
    };
    const counting = {
      ...rule,
      image: { ...rule.image, matches: countedMatches },
    };
    const selector = createSelector({ include: [counting], exclude: [] });
    const first = selector(small);
    const asksOfFirst = asked;
    expect(selector({ ...small, images: [...small.images] })).toEqual(first);
    expect(asked).toBe(asksOfFirst);
  });

  test('sees an image that has changed', () => {
    const selector = createSelector({ include: [include('alpine')], exclude: [] });
    selector(small);
    expect(selector(library({ alpine: ['4.0.0'] })).images[0]?.groups[0]?.wanted).toEqual(['4.0.0']);
  });
});
