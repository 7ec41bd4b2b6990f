// Compiles the schema of mirrors.yaml when the command is built, not each time that it starts.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { resolve } = createRequire(import.meta.url);
const readJson = async (path) => JSON.parse(await readFile(fromRoot(path), 'utf8'));

/** Puts the code of the validator in the place of the module that compiles it; of ajv, what this code needs comes with it. */
export const compiledValidator = {
  name: 'compiled-validator',
  setup(build) {
    build.onResolve({ filter: /^ajv\/dist\/runtime\// }, ({ path }) => ({ path: resolve(path) }));
    build.onLoad({ filter: /\/src\/config\/validator\.ts$/ }, async () => {
      const [options, schema] = await Promise.all(
        ['src/config/validator-options.json', 'schema/mirrors.schema.json'].map(readJson),
      );
      const ajv = new Ajv2020({ ...options, code: { source: true, esm: true } });
      ajv.addSchema(schema, 'mirrors');
      return { contents: standalone.default(ajv, { validate: 'mirrors' }), resolveDir: fromRoot('.') };
    });
  },
};
