import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLibrary, readLibraryFile } from '../../src/upstream/reader.ts';
import { head } from './reader-support.ts';

const separator = fc.constantFrom(', ', ',', ' ,\t', ',\n ', ',\n\t');
const list = (item: fc.Arbitrary<string>) =>
  fc.tuple(fc.array(item, { minLength: 1, maxLength: 4 }), separator).map(([items, by]) => items.join(by));
const letters = (letter: string, count: number) => fc.nat(count - 1).map((number) => `${letter}${number}`);
const odd = fc.constantFrom(
  '',
  '.',
  '-x',
  '$(x)',
  '\u0085',
  '\ufeff',
  '\n .\n',
  'a\n b',
  ':',
  'constructor',
  '\0',
  '\ud800',
);
const mostly = (usual: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });

const fields: Readonly<Record<string, fc.Arbitrary<string>>> = {
  Tags: list(mostly(letters('t', 400))),
  SharedTags: list(mostly(letters('s', 5))),
  Architectures: list(mostly(fc.constantFrom('amd64', 'i386', 's390x', 'windows-amd64'))),
  Directory: fc.constantFrom('.', 'x', './x/', 'x/../y', '', '/'),
  File: fc.constantFrom('Dockerfile', 'x', ''),
  Constraints: list(fc.constantFrom('x', 'y', '')),
  's390x-Directory': fc.constantFrom('x', './x', ''),
  GitCommit: mostly(fc.constantFrom('a'.repeat(40), 'b'.repeat(40))),
  GitFetch: mostly(fc.constantFrom('refs/heads/master', 'refs/tags/x')),
  Maintainers: mostly(fc.constantFrom('A (@a)', 'A B <c> (@d), E (@f)')),
  Foo: odd,
};

const field = fc
  .constantFrom(...Object.keys(fields))
  .chain((name) => (fields[name] ?? odd).map((value) => `${name}: ${value}\n`));
const paragraph = fc
  .tuple(fields['Tags'] ?? odd, fc.array(field, { maxLength: 4 }))
  .map(([tags, more]) => `Tags: ${tags}\n${more.join('')}`);
/** Texts like library files, of which about half are read. */
const libraryText = fc
  .array(paragraph, { maxLength: 6 })
  .map((paragraphs) => [`${head}SharedTags: s0\n`, ...paragraphs].join('\n'));
const anyText = fc.oneof(libraryText, fc.string({ unit: 'binary' }), fc.string({ maxLength: 200 }));

describe('the reader', () => {
  test('never throws, and refuses at a line of the text, with a bounded value', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, cut) => {
        const half = text.slice(0, cut % (text.length + 1));
        for (const each of [text, half]) {
          const reading = readLibraryFile(each);
          if (reading.kind === 'read') continue;
          const { line, code, message, value = '' } = reading.refusal;
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(each.split('\n').length);
          expect(code).toMatch(/^upstream\/[a-z-]+$/);
          expect(message).not.toBe('');
          expect(value.length).toBeLessThan(2_500);
          expect(value).not.toMatch(/[\p{Cc}\p{Cs}]/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('gives groups whose tags stand in no other, and have platforms', () => {
    fc.assert(
      fc.property(libraryText, (text) => {
        const reading = readLibraryFile(text);
        fc.pre(reading.kind === 'read');
        const tags = reading.groups.flatMap((group) => group.tags);
        expect(new Set(tags).size).toBe(tags.length);
        expect(reading.groups.filter(({ shared }) => !shared)).toHaveLength(reading.entryCount);
        for (const group of reading.groups) {
          expect(group.tags).not.toHaveLength(0);
          expect(new Set(group.platforms).size).toBe(group.platforms.length);
          expect(group.platforms).not.toHaveLength(0);
        }
      }),
    );
  });

  test('cares not for comments, more blank lines, or the style of line ends', () => {
    const meaning = (text: string) => {
      const reading = readLibraryFile(text);
      return reading.kind === 'read' ? reading : reading.refusal.code;
    };
    fc.assert(
      fc.property(libraryText, fc.infiniteStream(fc.nat(9)), (text, dice) => {
        const roll = () => dice.next().value ?? 0;
        const lines = text.split('\n').slice(0, -1);
        const commented = lines.flatMap((line) => (roll() < 3 ? ['  # x: y', line, '#'] : [line]));
        const spaced = lines.flatMap((line) => (line === '' ? ['', '\r', ''] : [line]));
        for (const variant of [commented, spaced, lines.map((line) => `${line}\r`)]) {
          expect(meaning(`${variant.join('\n')}\n`)).toEqual(meaning(text));
        }
      }),
    );
  });
});

test('a library is the same in any order of its files', () => {
  const commit = { repository: 'x', sha: 'a'.repeat(40) };
  const names = fc.uniqueArray(fc.constantFrom('b', 'a', 'c-d', 'BAD', '10', '9', 'z.y'), { minLength: 1 });
  const files = names.chain((chosen) =>
    fc.tuple(...chosen.map((name) => libraryText.map((text) => ({ name, blob: 'b', text })))),
  );
  fc.assert(
    fc.property(files, (given) => {
      const library = readLibrary(given, commit);
      expect(readLibrary([...given].reverse(), commit)).toEqual(library);
      const sorted = library.images.map(({ name }) => name);
      expect(sorted).toEqual([...sorted].sort());
    }),
  );
});
