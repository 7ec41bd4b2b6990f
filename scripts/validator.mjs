// Compiles the schema of mirrors.yaml when the command is built, not each time that it starts.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { validator } from '@exodus/schemasafe';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';

const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { resolve } = createRequire(import.meta.url);
const readJson = async (path) => JSON.parse(await readFile(fromRoot(path), 'utf8'));
const readSchema = () => readJson('schema/mirrors.schema.json');

/** Ready code for the modules that would compile or read the schema; of ajv, what this code needs comes with it. */
export const compiledValidator = {
  name: 'compiled-validator',
  setup(build) {
    build.onResolve({ filter: /^ajv\/dist\/runtime\// }, ({ path }) => ({ path: resolve(path) }));
    build.onLoad({ filter: /\/src\/config\/validator\.ts$/ }, async () => {
      const ajv = new Ajv2020({
        ...(await readJson('src/config/validator-options.json')),
        code: { source: true, esm: true },
      });
      ajv.addSchema(await readSchema(), 'mirrors');
      return { contents: standalone.default(ajv, { validate: 'mirrors' }), resolveDir: fromRoot('.') };
    });
    build.onLoad({ filter: /\/src\/config\/is-valid\.ts$/ }, async () => {
      const isValid = validator(await readSchema(), { isJSON: true, allowUnusedKeywords: true });
      return { contents: `export const isValid = ${isValid.toModule()}` };
    });
    build.onLoad({ filter: /\/src\/config\/defaults\.ts$/ }, async ({ path }) => ({
      contents: `export const defaults = ${JSON.stringify(await defaultsOf(path))};`,
    }));
  },
};

/** What the module says, without the schema that it takes it from. */
async function defaultsOf(path) {
  const { outputFiles } = await build({ entryPoints: [path], bundle: true, format: 'esm', write: false });
  return (await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)).defaults;
}

const bundleOfErrors = './shape-errors.cjs';

/** Loads what reports the errors of a mirrors.yaml from a bundle of its own, once there is one: it is as large as the rest of `src/config`. */
export const errorsApart = {
  name: 'errors-apart',
  setup(build) {
    build.onLoad({ filter: /\/src\/config\/shape-errors\.ts$/ }, () => ({
      contents: `export const reportShapeErrors = (...given) => require('${bundleOfErrors}').reportShapeErrors(...given);`,
    }));
    build.onResolve({ filter: /\/shape-errors\.cjs$/ }, ({ path }) => ({ path, external: true }));
  },
};
