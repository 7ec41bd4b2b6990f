import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wrapped } from '../../src/core/wrap.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', '-', '\u001b[31m', 'é'), minLength: 1, maxLength: 60 });
const line = fc
  .tuple(fc.nat({ max: 6 }), fc.array(word, { minLength: 1 }))
  .map(([indent, words]) => ' '.repeat(indent) + words.join(' '));
const withoutCodes = (text: string) => text.replaceAll('\u001b[31m', '');

test('no line is wider than a narrow terminal, but where a single word is; nothing is lost', () => {
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 10, max: 59 }), (lines, columns) => {
      const text = lines.join('\n');
      const narrow = wrapped(text, columns);
      for (const one of narrow.split('\n')) {
        const isWide = withoutCodes(one).length > columns;
        if (isWide) expect(one.trim()).not.toContain(' ');
      }
      expect(narrow.split(/\s+/)).toEqual(text.split(/\s+/));
    }),
  );
});

test('leaves text as it is for a wide terminal and for none, and source lines with their carets', () => {
  const long = 'word '.repeat(50);
  for (const columns of [undefined, 60, 200]) expect(wrapped(long, columns)).toBe(long);
  const place = `  12 | ${long}\n     | ${' '.repeat(60)}^^^`;
  expect(wrapped(place, 40)).toBe(place);
});
