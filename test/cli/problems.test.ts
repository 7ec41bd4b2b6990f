import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { problemText } from '../../src/cli/problems.ts';
import type { Place, Problem } from '../../src/core/problem.ts';

const problem: Problem = {
  code: 'config/unknown-key',
  severity: 'error',
  message: 'This key is not known.',
  place: { file: 'mirrors.yaml', line: 12, column: 7, length: 6, source: '    - imagee: debian' },
  value: 'imagee',
  hint: 'Did you mean image?',
};

/** The text of a problem at a place, without what stands after the caret. */
function lines(place: Place): string[] {
  return problemText({ code: 'a/b', severity: 'error', message: 'Rule.', place }, false).split('\n');
}

describe('a problem as text', () => {
  test('has its place, severity and code, the rule, the source line with a caret, the value and a hint', () => {
    expect(problemText(problem, false)).toBe(
      [
        'mirrors.yaml:12:7: error config/unknown-key: This key is not known.',
        '  12 |     - imagee: debian',
        '     |       ^^^^^^',
        '  seen: imagee',
        '  hint: Did you mean image?',
      ].join('\n'),
    );
  });

  test('has no more than is known', () => {
    expect(problemText({ code: 'a/b', severity: 'warning', message: 'Rule.' }, false)).toBe('warning a/b: Rule.');
    expect(lines({ file: 'f' })).toEqual(['f: error a/b: Rule.']);
    expect(lines({ file: 'f', line: 3 })).toEqual(['f:3: error a/b: Rule.']);
    expect(lines({ file: 'f', line: 3, source: 'text' })).toEqual(['f:3: error a/b: Rule.', '  3 | text', '    | ^']);
    expect(lines({ file: 'f', source: 'text' })).toEqual(['f: error a/b: Rule.']);
  });

  test('is coloured only when that is asked for', () => {
    expect(problemText(problem, false)).not.toContain('\u001B');
    const coloured = problemText(problem, true);
    expect(coloured).toContain('\u001B[31merror config/unknown-key\u001B[39m');
    expect(coloured).toContain('\u001B[36mhint\u001B[39m');
    expect(problemText({ ...problem, severity: 'warning' }, true)).toContain('\u001B[33mwarning');
  });
});

describe('the caret stands under what is meant', () => {
  test.each([
    ['after tabs', '\t\timagee: x', 3, 6, ['  imagee: x', '  ^^^^^^']],
    ['between tabs', 'a\tb\tc', 5, 1, ['a b c', '    ^']],
    ['under wide text', '鏡像: 名前', 5, 2, ['鏡像: 名前', '      ^^^^']],
    ['under a character of two code units', '😀x😀', 4, 2, ['😀x😀', '   ^^']],
    ['under a letter of two characters', 'e\u0301e\u0301x', 5, 1, ['e\u0301e\u0301x', '  ^']],
    ['after control characters', 'a\u001B\u001B[31mb', 8, 1, ['a  [31mb', '       ^']],
    ['after what takes no place', 'a\u200Bb', 3, 1, ['a b', '  ^']],
    ['at the end', 'abc', 4, 1, ['abc', '   ^']],
    ['no longer than the line', 'abc', 2, 99, ['abc', ' ^^']],
    ['under an empty line', '', 1, 5, ['', '^']],
  ])('%s', (_, source, column, length, [shown, caret]) => {
    const [, first, second] = lines({ file: 'f', line: 1, column, length, source });
    expect(first).toBe(`  1 | ${shown}`);
    expect(second).toBe(`    | ${caret}`);
  });

  test('also in a line that is too long to be shown', () => {
    const source = `${'a'.repeat(5000)}HERE${'b'.repeat(5000)}`;
    const [, first = '', second = ''] = lines({ file: 'f', line: 1, column: 5001, length: 4, source });
    expect(first.indexOf('HERE')).toBe(second.indexOf('^^^^'));
    expect(second.endsWith('^^^^')).toBe(true);
    expect(first).toHaveLength('  1 | '.length + 80 + 120);
    expect(first).toMatch(/ \| …a+HEREb+…$/);
  });

  test('of any text, in any place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat({ max: 30 }), fc.nat({ max: 30 }), (source, at, length) => {
        const [, first = '', second = '', ...rest] = lines({ file: 'f', line: 1, column: at + 1, length, source });
        expect(rest).toEqual([]);
        expect(second).toMatch(/^ {4}\| {1,}\^+$/);
        expect(stringWidth(second)).toBeLessThanOrEqual(Math.max(stringWidth(first), 7 + at * 2) + 1);
      }),
    );
  });
});

describe('no text from outside can drive a terminal', () => {
  const nothing = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
  const hostile = fc.oneof(
    fc.constantFrom(
      '\u001B]0;title\u0007',
      '\u001B[2J',
      '\u009B31m',
      '\r\nerror: forged',
      '\u202Ereversed',
      '\u2028',
      '\uD800',
      '\0',
    ),
    fc.string({ unit: 'binary' }),
  );

  test('whatever stands in a problem', () => {
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        const text = problemText(
          {
            code: 'a/b',
            severity: 'error',
            message: `Rule. ${one}${other}`,
            place: { file: `f${one}`, line: 1, column: 1, source: `${other}${one}` },
            value: other,
            hint: one,
          },
          false,
        );
        const shown = text.split('\n');
        expect(shown).toHaveLength(5);
        for (const line of shown) expect(line).not.toMatch(nothing);
      }),
    );
  });

  test.each([
    ['a\r\n\tb\u001B[31m', 'a b [31m'],
    ['x'.repeat(1000), `${'x'.repeat(300)}…`],
    ['😀'.repeat(1000), `${'😀'.repeat(300)}…`],
    ['', ''],
  ])('it is shown on one line, and no more of it than is useful (%#)', (value, shown) => {
    expect(problemText({ code: 'a/b', severity: 'error', message: 'Rule.', value }, false)).toBe(
      `error a/b: Rule.\n  seen: ${shown}`,
    );
  });
});
