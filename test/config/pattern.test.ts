import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePattern } from '../../src/config/patterns.ts';
import type { Pattern } from '../../src/config/types.ts';
import { type Glob, globMatches, globs, globText } from './glob-model.ts';
import { problemsOf, withRules } from './support.ts';

function pattern(text: string): Pattern {
  const read = parsePattern(text, 'tag');
  if ('matches' in read) return read;
  throw new Error(read.message);
}

describe('a glob matches the whole name', () => {
  it.each<[string, string, string]>([
    ['12', '12', '12.1 112 12-slim'],
    ['12*', '12 12.1 12-slim', '112 1'],
    ['*', 'latest 1.2.3 a_b', ''],
    ['*-slim', 'bookworm-slim -slim', 'slim bookworm-slim-1'],
    ['*.*', '1.2 1.2.3', '12'],
    ['3.1?', '3.10 3.19', '3.1 3.100 3x10'],
    ['[0-9]*', '1 9-a', 'a1'],
    ['[!0-9]*', 'a1', '1 9-a'],
    ['[^ab]', 'c', 'a b'],
    ['{alpine,slim}', 'alpine slim', 'alpine,slim alpine-slim'],
    ['12{,-slim}', '12 12-slim', '12-'],
    ['{1,2{a,b}}-x', '1-x 2a-x 2b-x', '2-x'],
    ['*-{bookworm,trixie}*', '3-bookworm 3-trixie-slim', '3-alpine'],
    ['**', 'latest', ''],
    ['RC*', 'RC1', 'rc1'],
    ['a.c', 'a.c', 'abc'],
    ['1.*', '1. 1.2 1..2', '1 12'],
    ['{,*.*}', '1. 1.2 a.', '1'],
    ['*{,.*}-x', '1-x 1.-x 1.2-x', '1'],
    ['[.]*[!.]', '.a', 'a.'],
  ])('%s', (text, matching, other) => {
    const { matches, kind } = pattern(text);
    expect(kind).toBe('glob');
    const refused = matching.split(' ').filter((tag) => !matches(tag));
    expect(refused).toEqual([]);
    expect(other.split(' ').filter((tag) => tag !== '' && matches(tag))).toEqual([]);
  });

  it('as the simplest reading of its parts says', () => {
    fc.assert(
      fc.property(globs, fc.stringMatching(/^[ab1_][ab1._-]{0,7}$/), (glob: Glob, name) => {
        const text = globText(glob);
        fc.pre(
          text !== '' &&
            !(text.includes('..') && text.includes('{')) &&
            text.split('*').length <= 7 &&
            text.split('{').length <= 7,
        );
        expect(pattern(text).matches(name), text).toBe(globMatches(glob, name));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a regular expression between slashes may match anywhere', () => {
  it.each([
    ['/rc/', 'x-rc1', 'x-RC1'],
    ['/rc/i', 'x-RC1', 'beta'],
    ['/^12/', '12.1', '112'],
    ['/-rc\\d*(-|$)/', '3.14-rc1-slim', '3.14-rcx'],
    ['/a/b|c/', 'c', 'a'],
  ])('%s', (text, matching, other) => {
    const { matches, kind } = pattern(text);
    expect(kind).toBe('regex');
    expect(matches(matching)).toBe(true);
    expect(matches(matching)).toBe(true);
    expect(matches(other)).toBe(false);
  });
});

describe('what can match nothing, or not what was meant, is no pattern', () => {
  it.each([
    ['12[', '`[` has no `]`.', undefined],
    ['12]', '`]` stands in no glob for a tag.', undefined],
    ['[]', '`[…]` holds at least one character.', undefined],
    ['[!]', '`[…]` holds at least one character.', undefined],
    [
      '[a!]',
      '`!` stands in no glob for a tag.',
      'Put unwanted names under `exclude`; `[!a]` is any character but `a`.',
    ],
    ['[z-a]', 'The range `z-a` goes backwards.', undefined],
    ['[[:digit:]]', '`[` stands in no glob for a tag.', undefined],
    ['{a,b', '`{` has no `}`.', undefined],
    ['a}', '`}` has no `{`.', undefined],
    ['{a}', '`{…}` holds alternatives with `,` between them.', undefined],
    ['{1..3}', '`{1..3}` is not read: write `{1,2,3}`.', undefined],
    ['a,b', '`,` stands in no glob for a tag.', 'Several values are a list: `["a", "b"]`, or `{a,b}`.'],
    ['!12', '`!` stands in no glob for a tag.', 'Put unwanted names under `exclude`; `[!a]` is any character but `a`.'],
    ['@(a|b)', '`@` stands in no glob for a tag.', undefined],
    ['(a|b)', '`(` stands in no glob for a tag.', 'A regular expression stands between `/`: `/^3\\.1[0-9]-/`.'],
    ['a/b', '`/` stands in no glob for a tag.', undefined],
    ['>=3', '`>` stands in no glob for a tag.', 'A range of versions goes under `versions`.'],
    ['12 slim', '` ` stands in no glob for a tag.', undefined],
    ['ünder', '`ü` stands in no glob for a tag.', undefined],
    ['😀', '`😀` stands in no glob for a tag.', undefined],
    ['*a*b*c*d*e*f*', 'A glob holds at most 6 `*` and 6 `{…}`.', undefined],
    ['{,a}{,a}{,a}{,a}{,a}{,a}{,a}', 'A glob holds at most 6 `*` and 6 `{…}`.', undefined],
    ['/(/', 'Not a valid regular expression. Unterminated group.', undefined],
    ['/[b-a]/', 'Not a valid regular expression. Range out of order in character class.', undefined],
    ['/a', 'Not a valid regular expression. It begins with `/` and ends with `/` or `/i`.', undefined],
    ['/', 'Not a valid regular expression. It begins with `/` and ends with `/` or `/i`.', undefined],
    ['//', 'Not a valid regular expression. There is something between the `/`.', undefined],
    ['/(?i)rc/', 'Not a valid regular expression. Invalid group.', 'Flags stand behind the last `/`: `/rc/i`.'],
    [
      '/a(?s:.)/',
      'Not a valid regular expression. Invalid group.',
      'The one flag is `i`, behind the last `/`, for the whole expression: `/…/i`.',
    ],
    ['/(?<a>b)|(?<a>c)/', 'Not a valid regular expression. Duplicate capture group name.', undefined],
    [
      '/b(?i-s:a)/',
      'Not a valid regular expression. Invalid group.',
      'The one flag is `i`, behind the last `/`, for the whole expression: `/…/i`.',
    ],
    ['/a/g', 'Not a valid regular expression. The one flag is `i`, to ignore case.', undefined],
  ])('%s', (text, message, hint) => {
    const [problem, ...more] = problemsOf(withRules(JSON.stringify({ image: 'debian', tags: text })));
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ message, value: text, place: { line: 4, column: 32 } });
    expect(problem?.hint).toBe(hint);
  });

  it.each([
    ['alpine:3.20', 'Tags have a field of their own: `{image: alpine, tags: ["3.20"]}`.'],
    ['docker.io/library/alpine', 'Only the name: `alpine`.'],
    ['Alpine', 'Image names are in lower case.'],
  ])('as an image: %s', (text, hint) => {
    expect(problemsOf(withRules(text))).toMatchObject([{ code: 'config/glob', value: text, hint }]);
  });
});
