import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import { parseLockfile } from '../../src/lock/parse.ts';
import { scanImage, scanLockfile, splitLockfile } from '../../src/lock/scan.ts';
import type { Lockfile } from '../../src/lock/types.ts';
import { anyLockfile } from '../support/arbitrary-lockfiles.ts';
import { kept, locked, lockedImage, lockfile, pending, rewritten } from '../support/lockfiles.ts';

/** What the YAML parser makes of a text; `undefined` where it refuses it. */
function parsed(text: string): Lockfile | undefined {
  try {
    return parseLockfile(text, 'mirrors.lock.yaml');
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const some = lockfile(
  lockedImage('alpine', pending('3.24 latest'), locked('a', '3.23 3'), rewritten('3.22', kept('b', 'linux/amd64'))),
  lockedImage('debian', locked('c', '12 bookworm'), locked('d', '13')),
);

describe('the reader of the written form', () => {
  test('gives what was written, of every lockfile that it reads', () => {
    let read = 0;
    let all = 0;
    fc.assert(
      fc.property(anyLockfile, (lockfile) => {
        const text = formatLockfile(lockfile);
        const scanned = scanLockfile(text);
        all += 1;
        if (scanned === undefined) return;
        read += 1;
        expect(scanned).toEqual(lockfile);
      }),
      { numRuns: 400 },
    );
    // The arbitrary lockfiles are full of names that YAML takes for numbers: those are left to the parser.
    expect(read / all).toBeGreaterThan(0.03);
    expect(scanLockfile(formatLockfile(some))).toEqual(some);
  });

  test('never gives anything else than the YAML parser, whatever is changed in the text', () => {
    const pieces = [
      '',
      ' ',
      '  ',
      '\n',
      '"',
      ':',
      '- ',
      '#',
      ' # x',
      '\t',
      '\r',
      'null',
      '1',
      'sha256:',
      'tags:',
      '&a ',
      '!!str ',
    ];
    const change = fc.record({
      at: fc.nat(),
      drop: fc.nat({ max: 3 }),
      put: fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 3 })),
    });
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(some), anyLockfile),
        fc.array(change, { minLength: 1, maxLength: 2 }),
        (lockfile, changes) => {
          let text = formatLockfile(lockfile);
          for (const { at, drop, put } of changes) {
            const place = at % text.length;
            text = text.slice(0, place) + put + text.slice(place + drop);
          }
          const scanned = scanLockfile(text);
          if (scanned !== undefined) expect(scanned).toEqual(parsed(text));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  test.each(['      children:', '      source:'])(
    'leaves a line to the YAML parser that says more than `%s`',
    (line) => {
      const text = formatLockfile(some);
      const grown = text.replace(`${line}\n`, `${line}1\n`);
      if (text.includes(`${line}\n`)) expect(scanLockfile(grown)).toBeUndefined();
      expect(scanLockfile(text)).toBeDefined();
    },
  );

  test.each(['\r', '\t', '\u0085', '\u00a0', '\u2028', '\ufeff'])(
    'leaves a text with %j to the YAML parser',
    (blank) => {
      const text = formatLockfile(some);
      for (const { index } of text.matchAll(/ /g)) {
        expect(scanLockfile(text.slice(0, index) + blank + text.slice(index + 1))).toBeUndefined();
      }
    },
  );

  test('leaves to the YAML parser lines that are doubled, left out or in another order', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(some), anyLockfile),
        fc.nat(),
        fc.nat(),
        fc.boolean(),
        (lockfile, from, to, removes) => {
          const lines = formatLockfile(lockfile).split('\n');
          const [moved = ''] = removes ? lines.splice(from % lines.length, 1) : [lines[from % lines.length]];
          if (to % 3 > 0) lines.splice(to % (lines.length + 1), 0, moved);
          const text = lines.join('\n');
          const scanned = scanLockfile(text);
          if (scanned !== undefined) expect(scanned).toEqual(parsed(text));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  test.each([
    ['a digest that its children do not have', (text: string) => text.replace(/ 1024$/m, ' 1025')],
    ['a tag twice', (text: string) => text.replace('"bookworm"', '"12"')],
    ['an image twice', (text: string) => text.replace('  debian:', '  alpine:')],
    ['marks of a merge', (text: string) => text.replace('  debian:', '<<<<<<< ours\n  debian:')],
    ['a newer version', (text: string) => text.replace('version: 1', 'version: 2')],
    ['an end that is cut off', (text: string) => text.slice(0, -30)],
  ])('does not read %s', (_, change) => {
    const text = change(formatLockfile(some));
    expect(scanLockfile(text)).toBeUndefined();
    expect(parsed(text)).toBeUndefined();
  });

  test('splits a lockfile by its images', () => {
    const { images } = splitLockfile(formatLockfile(some)) ?? {};
    expect([...(images?.keys() ?? [])]).toEqual(['alpine', 'debian']);
    expect(images?.get('debian')?.split('\n').length).toBe(8);
  });

  test('whose images, read one by one, are those of the whole', () => {
    fc.assert(
      fc.property(anyLockfile, (lockfile) => {
        const text = formatLockfile(lockfile);
        const sections = splitLockfile(text);
        const names = lockfile.images.map(({ image }) => image);
        if (sections !== undefined) expect([...sections.images.keys()]).toEqual(names);
        for (const [name, lines] of sections?.images ?? []) {
          const image = scanImage(name, lines);
          if (image !== undefined) expect(parsed(text)?.images).toContainEqual(image);
        }
      }),
      { numRuns: 50 },
    );
  });

  test.each(['images: {alpine: []}\n', 'version: 1\nimages:\n  "alpine":\n    - 1\n'])(
    'does not split one in another form: %j',
    (text) => expect(splitLockfile(text)).toBeUndefined(),
  );
});
