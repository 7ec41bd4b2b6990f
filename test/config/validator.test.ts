import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorObject } from 'ajv/dist/2020.js';
import { build, type Plugin } from 'esbuild';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import schema from '../../schema/mirrors.schema.json' with { type: 'json' };
import { defaults } from '../../src/config/defaults.ts';
import { validate as compiledNow } from '../../src/config/validator.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Validate {
  (data: unknown): boolean;
  errors?: null | ErrorObject[];
}

const root = new URL('../../', import.meta.url);
const own: unknown = parse(readFileSync(new URL('mirrors.yaml', root), 'utf8'));

/** A module of `src/config` as the build makes it. */
async function built<Module>(name: string): Promise<Module> {
  const { compiledValidator } = (await import(new URL('scripts/validator.mjs', root).href)) as {
    compiledValidator: Plugin;
  };
  const outfile = join(temporaryDirectory().path, `${name}.mjs`);
  await build({
    absWorkingDir: root.pathname,
    entryPoints: [`src/config/${name}.ts`],
    ...{ outfile, bundle: true, packages: 'external', format: 'esm', platform: 'node', plugins: [compiledValidator] },
  });
  return (await import(outfile)) as Module;
}

const values = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string());
/** All that `mirrors.yaml` of this repository holds, with some of it replaced by anything. */
const changed = changedOf(own, values);

function changedOf(data: unknown, values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .array(fc.tuple(fc.nat(), values), { maxLength: 3 })
    .map((changes) => changes.reduce((made: unknown, [at, value]) => replaced(made, at, value), data));
}

function replaced(data: unknown, at: number, value: unknown): unknown {
  let left = at % (JSON.stringify(data).match(/[:,[]/g)?.length ?? 1);
  return JSON.parse(JSON.stringify(data), (_, one: unknown) => (left-- === 0 ? value : one));
}

test('the validator in the built command finds what the schema’s does, and tells as much of it', async () => {
  const { validate: ready } = await built<{ validate: Validate }>('validator');
  const errorsOf = (validate: Validate, data: unknown) => {
    validate(data);
    return validate.errors ?? [];
  };
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: changed }, { weight: 1, arbitrary: fc.jsonValue() }), (data) => {
      const errors = errorsOf(compiledNow, data);
      for (const { keyword } of errors) seen.add(keyword);
      expect(errorsOf(ready, data)).toEqual(errors);
    }),
    { numRuns: 500 },
  );
  expect([...seen]).toEqual(expect.arrayContaining(['type', 'required', 'additionalProperties']));
});

type SchemaNode = Readonly<Record<string, unknown>>;

/** Data with every key of the schema: of alternatives the one at `choice`, of numbers and lengths the least. */
function fullData(node: SchemaNode, choice: number): unknown {
  const { $ref: reference, anyOf, properties, items, minimum, minItems } = node;
  const list = node['enum'] ?? node['examples'];
  if (typeof reference === 'string') return fullData(defs[reference.split('/').at(-1) ?? ''] ?? {}, choice);
  if (Array.isArray(anyOf)) return fullData(anyOf[choice % anyOf.length], choice);
  if ('const' in node) return node['const'];
  if (node['type'] === 'object') {
    const entries = Object.entries((properties ?? {}) as Record<string, SchemaNode>);
    return Object.fromEntries(entries.map(([key, value]) => [key, fullData(value, choice)]));
  }
  if (node['type'] === 'array')
    return Array.from({ length: Number(minItems ?? 1) }, () => fullData(items as SchemaNode, choice));
  if (node['type'] === 'boolean') return true;
  if (node['type'] === 'integer' || node['type'] === 'number') return minimum ?? 1;
  return Array.isArray(list) ? list[0] : 'a'.repeat(Number(node['minLength'] ?? 1));
}

const defs = schema.$defs as unknown as Record<string, SchemaNode>;

/** Texts at the bounds of lengths, of characters that take two units of UTF-16 or one, and keys that objects have by birth. */
const edges = fc.oneof(
  fc
    .tuple(fc.constantFrom('a', 'é', '😀', '\ud800', '*', '1'), fc.constantFrom(0, 1, 2, 63, 64, 250, 251, 300, 301))
    .map(([text, count]) => text.repeat(count)),
  fc.constantFrom(-0, 0.5, 1e6, 1e6 + 1, Number.NaN, Number.POSITIVE_INFINITY, null, [], {}, true),
  fc.constantFrom('__proto__', 'constructor', 'toString').map((key) => JSON.parse(`{"${key}": 1}`) as unknown),
);

test('what says yes or no in the built command says what the schema’s does, for each key of the schema', async () => {
  const { isValid } = await built<{ isValid: (data: unknown) => boolean }>('is-valid');
  const bases = [0, 1, 2].map((choice) => fullData(schema as unknown as SchemaNode, choice));
  const seen = { valid: 0, invalid: new Set<string>() };
  const check = (data: unknown) => {
    const before = JSON.stringify(data);
    const expected = compiledNow(data);
    expect(isValid(data), before).toBe(expected);
    expect(JSON.stringify(data)).toBe(before);
    if (expected) seen.valid += 1;
    for (const { schemaPath } of compiledNow.errors ?? []) seen.invalid.add(schemaPath);
  };
  for (const base of [own, ...bases]) check(base);
  const around = fc.oneof(...[own, ...bases].map((base) => changedOf(base, fc.oneof(values, edges))), fc.jsonValue());
  fc.assert(fc.property(around, check), { numRuns: 1000 });
  expect(seen.valid).toBeGreaterThan(20);
  expect(seen.invalid.size).toBeGreaterThan(50);
});

test('the defaults in the built command are the schema’s', async () => {
  expect((await built<{ defaults: unknown }>('defaults')).defaults).toEqual(defaults);
});
