import { describe, expect, test } from 'vitest';
import { parseImageName, parseTag } from '../../src/core/names.ts';
import { explain, explainImage } from '../../src/select/explain.ts';
import type { Fate, Rules } from '../../src/select/types.ts';
import { exclude, include, library, refusal, small } from '../support/selection.ts';

const rules: Rules = {
  include: [
    include('debian', { tags: ['12*', 'bookworm*'], line: 12 }),
    include('python', { tags: ['*-slim'], line: 15 }),
    include('python', { versions: ['>=3.13'], line: 14 }),
    include('d*', { tags: ['book*'], line: 11 }),
    include('golng', { line: 16 }),
  ],
  exclude: [exclude('*', { tags: ['*-slim'], line: 21 }), exclude('debian', { tags: ['12-*'], line: 20 })],
};

function fateOf(image: string, tag: string, from = small): Fate {
  return explain(from, rules, parseImageName(image), parseTag(tag));
}

function reasons(image: string, tag: string): readonly string[] {
  const fate = fateOf(image, tag);
  return fate.kind === 'unmatched' && fate.nearMiss !== undefined ? fate.nearMiss.reasons : [];
}

describe('explain', () => {
  test('tells every include rule of a selected tag, by place, and its group', () => {
    const fate = fateOf('debian', 'bookworm');
    if (fate.kind !== 'selected') throw new Error(fate.kind);
    expect(fate.by.map(({ place }) => place.line)).toEqual([11, 12]);
    expect(fate.group.tags).toEqual(['bookworm', 'bookworm-20260918', '12.12', '12']);
  });

  test('tells the exclude rules of an excluded tag, and the include rules that they overrule', () => {
    const fate = fateOf('debian', '12-slim');
    if (fate.kind !== 'excluded') throw new Error(fate.kind);
    expect(fate.by.map(({ place }) => place.line)).toEqual([20, 21]);
    expect(fate.included.map(({ place }) => place.line)).toEqual([12]);
  });

  test('calls a tag that only an exclude rule matches unmatched', () => {
    const onlyExcluded = { include: [], exclude: rules.exclude };
    expect(explain(small, onlyExcluded, parseImageName('debian'), parseTag('12-slim')).kind).toBe('unmatched');
  });

  test('tells the nearest rule of an unmatched tag: the one with the fewest fields that fail', () => {
    const both = {
      include: [
        include('python', { tags: ['x'], versions: ['4'], line: 1 }),
        include('python', { tags: ['y'], line: 2 }),
      ],
      exclude: [],
    };
    const fate = explain(small, both, parseImageName('python'), parseTag('3.12-slim-bookworm'));
    expect(fate).toMatchObject({ kind: 'unmatched', nearMiss: { rule: { place: { line: 2 } } } });
  });

  test('says which pattern, version or image did not match', () => {
    expect(reasons('debian', 'trixie')).toEqual(['no pattern in its tags matches: `book*`']);
    expect(reasons('python', '3.12.9-slim-bookworm')).toEqual(['`3.12.9` is outside of its versions `>=3.13`']);
    expect(reasons('python', '3.12-slim-bookworm')).toEqual([
      'the tag stands for every `3.12.x`, and its versions `>=3.13` do not hold them all',
    ]);
    expect(reasons('golang', '1.27')).toEqual(['its image is `golng`, not `golang`']);
    expect(reasons('alpine', 'edge')).toEqual([]);
  });

  test('says that a tag has no version, or a pre-release', () => {
    const from = library({ python: ['3.14.0rc1-trixie latest'] });
    const ranged = { include: [include('python', { versions: ['>=3.13'] })], exclude: [] };
    const missed = (tag: string) => explain(from, ranged, parseImageName('python'), parseTag(tag));
    expect(missed('3.14.0rc1-trixie')).toMatchObject({
      nearMiss: {
        reasons: ['`3.14.0-rc.1` is a pre-release, and `>=3.13` in its versions names none of that version'],
      },
    });
    expect(missed('latest')).toMatchObject({
      nearMiss: { reasons: ['the tag begins with no version, which `>=3.13` in its versions asks for'] },
    });
  });

  test('tells the nearest tags and images of an unknown one', () => {
    expect(fateOf('debian', 'bookwrm')).toEqual({
      kind: 'unknown-tag',
      nearest: ['bookworm', 'bookworm-slim', 'bookworm-20260918'],
      tagCount: 10,
    });
    expect(fateOf('goland', '1')).toEqual({ kind: 'unknown-image', nearest: ['golang'] });
    expect(fateOf('centos', '7')).toEqual({ kind: 'unknown-tag', nearest: [], tagCount: 0 });
  });

  test('tells where and why the file of an image was refused', () => {
    expect(fateOf('mono', '6', library({}, [refusal('mono')]))).toEqual({
      kind: 'refused-image',
      message: 'library/mono:3: A line is `Field: value`. (nonsense)',
    });
  });
});

describe('explaining an image as a whole', () => {
  test('counts what each rule matches and decides, includes first, sorted by place', () => {
    const fate = explainImage(small, rules, parseImageName('debian'));
    if (fate.kind !== 'image') throw new Error(fate.kind);
    expect(fate).toMatchObject({ tagCount: 10, wantedCount: 4 });
    expect(fate.rules.map(({ rule, matched, decided }) => [rule.place.line, matched, decided])).toEqual([
      [11, 3, 2],
      [12, 6, 4],
      [20, 1, 1],
      [21, 2, 2],
    ]);
  });

  test('is unknown or refused as its tags are', () => {
    expect(explainImage(small, rules, parseImageName('goland'))).toEqual({
      kind: 'unknown-image',
      nearest: ['golang'],
    });
    const refused = library({}, [refusal('mono')]);
    expect(explainImage(refused, rules, parseImageName('mono')).kind).toBe('refused-image');
  });
});
