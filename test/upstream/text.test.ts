import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanPath, decodeUtf8, trim, trimEnd, trimListItem, trimStart } from '../../src/upstream/go-text.ts';

describe('a path is cleaned as by Go', () => {
  test.each([
    ['', '.'],
    ['.', '.'],
    ['./', '.'],
    ['a/', 'a'],
    ['./a//b/../c/.', 'a/c'],
    ['a/..', '.'],
    ['..', '..'],
    ['../../a', '../../a'],
    ['a/../../b', '../b'],
    ['/', '/'],
    ['//a', '/a'],
    ['/..', '/'],
    ['/../a/..', '/'],
    ['...', '...'],
  ])('%s is %s', (path, clean) => {
    expect(cleanPath(path)).toBe(clean);
  });

  test('and a clean path stays as it is', () => {
    const path = fc.array(fc.constantFrom('a', '.', '..', '')).map((parts) => parts.join('/'));
    fc.assert(fc.property(path, (text) => cleanPath(cleanPath(text)) === cleanPath(text)));
  });
});

test('space is what Unicode calls White_Space', () => {
  for (let code = 0; code <= 0xffff; code++) {
    const character = String.fromCharCode(code);
    const isSpace = /\p{White_Space}/u.test(character);
    const text = `${character}x${character}`;
    if ((trim(text) === 'x') !== isSpace) throw new Error(`U+${code.toString(16)}`);
    if ((trimStart(text) === `x${character}`) !== isSpace) throw new Error(`U+${code.toString(16)}`);
    if ((trimEnd(text) === `${character}x`) !== isSpace) throw new Error(`U+${code.toString(16)}`);
  }
  expect([trim(' \t '), trimStart('  '), trimEnd('  '), trim('a b')]).toEqual(['', '', '', 'a b']);
});

test('items of a list lose blanks, tabs and line ends, and no other space', () => {
  expect(trimListItem('\r\n\t a b \n')).toBe('a b');
  expect(trimListItem('\u00a0\va\f')).toBe('\u00a0\va\f');
});

describe('UTF-8', () => {
  test('is read as it is, with a byte order mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(Buffer.from(text).toString() === text);
        expect(decodeUtf8(Buffer.from(`\ufeff${text}`))).toBe(`\ufeff${text}`);
      }),
    );
  });

  test('that is broken is told apart byte for byte, and what is whole in it is read', () => {
    expect(decodeUtf8(Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0xc2, 0x85, 0xe2, 0x82]))).toBe(
      'a\udcff\u00e9\u0085\udce2\udc82',
    );
    expect(decodeUtf8(Buffer.from('\u{1f600}é\u{7ff}\u{800}\uffff'))).toBe('\u{1f600}é\u{7ff}\u{800}\uffff');
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
        const same = Buffer.from(one).equals(Buffer.from(other));
        expect(decodeUtf8(Buffer.from(one)) === decodeUtf8(Buffer.from(other))).toBe(same);
      }),
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const broken = Buffer.concat([Buffer.from(one), Buffer.from([0x80]), Buffer.from(other)]);
        expect(decodeUtf8(broken)).toBe(`${one}\udc80${other}`);
      }),
    );
  });
});
