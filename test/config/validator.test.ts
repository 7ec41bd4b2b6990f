import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorObject } from 'ajv/dist/2020.js';
import { build, type Plugin } from 'esbuild';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { validate as compiledNow } from '../../src/config/validator.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Validate {
  (data: unknown): boolean;
  errors?: null | ErrorObject[];
}

const root = new URL('../../', import.meta.url);
const own: unknown = parse(readFileSync(new URL('mirrors.yaml', root), 'utf8'));

/** The module as the build makes it. */
async function built(): Promise<Validate> {
  const { compiledValidator } = (await import(new URL('scripts/validator.mjs', root).href)) as {
    compiledValidator: Plugin;
  };
  const outfile = join(temporaryDirectory().path, 'validator.mjs');
  await build({
    absWorkingDir: root.pathname,
    entryPoints: ['src/config/validator.ts'],
    ...{ outfile, bundle: true, packages: 'external', format: 'esm', platform: 'node', plugins: [compiledValidator] },
  });
  return ((await import(outfile)) as { validate: Validate }).validate;
}

/** All that `mirrors.yaml` of this repository holds, with some of it replaced by anything. */
const changed = fc
  .array(fc.tuple(fc.nat(), fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string())), { maxLength: 3 })
  .map((changes) => changes.reduce((data, [at, value]) => replaced(data, at, value), own));

function replaced(data: unknown, at: number, value: unknown): unknown {
  let left = at % (JSON.stringify(data).match(/[:,[]/g)?.length ?? 1);
  return JSON.parse(JSON.stringify(data), (_, one: unknown) => (left-- === 0 ? value : one));
}

test('the validator in the built command finds what the schema’s does, and tells as much of it', async () => {
  const ready = await built();
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
