import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseTag } from '../../src/core/names.ts';
import { compileTemplate } from '../../src/render/engine.ts';
import { digest, locked, lockedImage, lockfile } from '../support/lockfiles.ts';
import { builtIn, hub, renderWith } from './build.ts';

/** Text that would mean something if it got out of its quotes or its line. */
const hostile = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '"\n"evil": {}\n"',
    '\r\n- "latest"',
    '# x\n  - "latest"',
    '\u2028- x',
    '\u0085- x',
    '\u007F',
    '\uFEFF',
    '{{registry}}',
    '{{{{raw}}}}',
    '*',
    '&a',
    '!!str',
    '<<',
    '? ',
    '`reboot`',
    '$(reboot)',
    '__proto__',
    '%YAML 1.1\n---',
    '- -',
    ': ',
    'null',
    '1e3',
  ),
  fc.string({ unit: 'binary', minLength: 1 }),
);

describe('promise 8: no name or tag can inject YAML into a rendered file', () => {
  test('any host and namespace stands in the file as it is, and nothing with it', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (host, namespace) => {
        const source = { ...hub, registry: { host, insecure: false }, namespace };
        const image = lockfile(lockedImage('alpine', locked('a', '3')));
        const text = (await renderWith(builtIn, image, source)).get('sync/alpine.yaml') ?? '';
        const registry: unknown = Object.entries(parse(text) as object);
        expect(registry).toEqual([[host, { images: { [`${namespace}/alpine`]: [digest('a')] } }]]);
      }),
    );
  });

  test('the helper yaml writes any text as a string that every reader of YAML gives back', () => {
    const template = compileTemplate('test', 'key: {{yaml text}}\nlist: [{{yaml text}}, 1]\n');
    fc.assert(
      fc.property(hostile, (text) => {
        for (const version of ['1.1', '1.2'] as const) {
          expect(parse(template.render({ text }), { version })).toEqual({ key: text, list: [text, 1] });
        }
      }),
    );
  });

  test('it writes nothing that YAML does not let stand in a file', () => {
    const template = compileTemplate('test', '{{yaml text}}');
    fc.assert(
      fc.property(hostile, (text) => {
        expect(template.render({ text })).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/);
      }),
    );
  });

  test('the helper comment never ends its line', () => {
    const template = compileTemplate('test', 'a: 1 # {{comment words}}\nb: 2\n');
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1 }), (words) => {
        for (const version of ['1.1', '1.2'] as const) {
          expect(parse(template.render({ words }), { version })).toEqual({ a: 1, b: 2 });
        }
      }),
    );
  });

  test('a template that writes a value without a helper is caught when the value does harm', async () => {
    const careless = builtIn.replace('{{yaml repository}}', '"{{repository}}"');
    const namespace = 'x": []\n    "library/evil": []\n    "library';
    await expect(renderWith(careless, undefined, { ...hub, namespace })).rejects.toMatchObject({
      problems: [{ code: 'render/differs' }],
    });
  });

  test('what stands in a value is never a template of its own', () => {
    const template = compileTemplate('test', '{{yaml text}}');
    expect(template.render({ text: '{{yaml secret}}' })).toBe('"{{yaml secret}}"');
  });

  test('tags stand in a comment as they are', () => {
    const template = compileTemplate('test', '# {{comment tags}}');
    expect(template.render({ tags: ['3.23.2', 'latest'].map(parseTag) })).toBe('# 3.23.2, latest');
  });
});
