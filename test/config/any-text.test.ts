// biome-ignore-all lint/suspicious/noTemplateCurlyInString: mirrors.yaml writes environment variables so.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../src/config/parse.ts';
import { UserError } from '../../src/core/problem.ts';
import { versionRange } from '../../src/select/version-range.ts';

const own = readFileSync(new URL('../../mirrors.yaml', import.meta.url), 'utf8');

/** Reads a text that may be anything; whatever is wrong with it must be told as it should. */
function check(text: string): void {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  try {
    const { include, exclude } = parseConfig(text, { file: 'f', env: {} });
    for (const rule of [...include, ...exclude]) for (const range of rule.versions ?? []) versionRange(range);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    expect(error.problems.some(({ severity }) => severity === 'error')).toBe(true);
    for (const { code, message, place, value = '' } of error.problems) {
      expect(code).toMatch(/^config\/[a-z0-9-]+$/);
      expect(message).toMatch(/^.+\.$/s);
      expect(value.length).toBeLessThan(210);
      expect(place?.file).toBe('f');
      if (place?.source === undefined) continue;
      expect(place.source).toHaveLength((lines[(place.line ?? 0) - 1] ?? '').replace(/\r$/, '').length);
      expect(place.column).toBeLessThanOrEqual(place.source.length + 1);
    }
  }
}

/** Pieces that mean something to YAML or to this file. */
const piece = fc.constantFrom(
  ...'{}[],:?-*&!|>\'"%@`#\n \t/$\\~<=.0'.split(''),
  ': ',
  '- ',
  '\n  ',
  '\r\n',
  '---\n',
  '<<',
  '${X}',
  '&a ',
  '*a',
  '!!str ',
  'version: 1\n',
  'images:',
  'include',
  'exclude',
  'source',
  'registry',
  'destinations',
  'null',
  '__proto__',
  '\u0000',
  '\ufeff',
  '😀',
);

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      1,
      -1.5,
      '',
      'alpine',
      '12*',
      'linux/amd64',
      'docker.io',
      '>=3',
      '${A:-b}',
      '/(/',
      '[',
    ),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        'version',
        'images',
        'include',
        'exclude',
        'image',
        'tags',
        'versions',
        'source',
        'registry',
        'name',
        'namespace',
        'alternates',
        'destinations',
        'platforms',
        'policy',
        'dropped',
        'upstream',
        'ref',
        'repository',
        'insecure',
        'requestsPerMinute',
        '__proto__',
        'x',
      ),
      tie('value'),
      { maxKeys: 6 },
    ),
  ),
})).value;

describe('whatever the text, it gives a configuration or says what is wrong', () => {
  it('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), check), { numRuns: 500 });
  });

  it('any mixture of what means something', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => check(pieces.join(''))),
      { numRuns: 1000 },
    );
  });

  it('a good file with a part replaced by anything', () => {
    const edit = fc.record({ at: fc.nat(own.length), remove: fc.nat(40), pieces: fc.array(piece, { maxLength: 8 }) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) =>
        check(
          edits.reduce(
            (text, { at, remove, pieces }) => text.slice(0, at) + pieces.join('') + text.slice(at + remove),
            own,
          ),
        ),
      ),
      { numRuns: 500 },
    );
  });

  it('any data under the keys of the file', () => {
    const parts = { images: json, source: json, destinations: json, platforms: json, upstream: json, policy: json };
    const file = fc.record(parts, { requiredKeys: [] });
    fc.assert(
      fc.property(file, (data) => check(stringify({ version: 1, ...data }))),
      { numRuns: 500 },
    );
  });
});
