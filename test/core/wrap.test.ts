import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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

test('keeps the columns of a table where they fit, and the blanks between words', () => {
  expect(wrapped('  missing    alpine:3.24.2-x  (86e795314b3e)', 40)).toBe(
    '  missing    alpine:3.24.2-x\n    (86e795314b3e)',
  );
});

describe('what is copied', () => {
  test('files stay as they are, and the lines around them do not', () => {
    const file = `key: "${'word '.repeat(20)}"\n  - other: ${'word '.repeat(20)}`;
    const shown = wrapped(`The file ${'word '.repeat(10)}:\n${file}\nThen:`, 30, { verbatim: [file] });
    expect(shown).toContain(`\n${file}\nThen:`);
    expect(shown.split('\n')[0]?.length).toBeLessThanOrEqual(30);
  });

  test('a command goes on behind a backslash, and only it', () => {
    const command = 'docker pull registry.example.com/library/alpine:3.24';
    expect(wrapped(`  pull       ${command}`, 40, { commands: [command] })).toBe(
      '  pull       docker pull \\\n    registry.example.com/library/alpine:3.24',
    );
    expect(wrapped(`one two three four ${command}`, 20, { commands: [command] })).toBe(
      'one two three four\n  docker pull \\\n  registry.example.com/library/alpine:3.24',
    );
  });

  const argument = fc.oneof(
    fc.stringMatching(/^[a-z0-9=/.:-]{1,30}$/),
    fc.stringMatching(/^'[a-z {}]{1,30}'$/),
    fc.stringMatching(/^"[a-z ]{1,30}"$/),
    fc.stringMatching(/^--[a-z]{1,9}='[a-z ]{1,9}'$/),
  );
  test('a shell reads the words of a broken command as before', { timeout: 90_000 }, () => {
    fc.assert(
      fc.property(
        fc.array(argument, { minLength: 4, maxLength: 12 }),
        fc.integer({ min: 10, max: 59 }),
        (words, columns) => {
          const command = `printf '%s\\n' ${words.join(' ')}`;
          const shown = wrapped(`  ${command}`, columns, { commands: [command] });
          const print = (text: string) => execFileSync('sh', ['-c', text], { encoding: 'utf8' });
          expect(print(shown)).toBe(print(command));
        },
      ),
      { numRuns: 40 },
    );
  });
});
