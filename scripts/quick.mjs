// Builds what answers quickly (src/cli/quick.ts): one file in CommonJS, which Node loads with the least CPU; another with what reads
// mirrors.yaml, which few answers need (src/cli/quick-config.ts); and the help texts.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { lazyPackages } from './lazy-packages.mjs';
import { lightBuiltins } from './light-builtins.mjs';
import { compiledValidator, errorsApart } from './validator.mjs';

/** The only modules that a quick answer loads later; all others are left to the whole command line. */
const loadedLater = /session\/lock-versions\.ts$/;

/** What `quick-config.cjs` has. */
const ofConfig = /config\/(?:load|parse)\.ts$|select\/select\.ts$/;
const configBundle = './quick-config.cjs';

/** Leads to that bundle whoever loads what it has. */
const configApart = {
  name: 'config-apart',
  setup(build) {
    build.onResolve({ filter: ofConfig }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: configBundle, external: true } : undefined,
    );
    build.onResolve({ filter: /^write-file-atomic$/ }, ({ path }) => ({ path, namespace: 'apart' }));
    build.onResolve({ filter: /quick-config\.cjs$/, namespace: 'apart' }, ({ path }) => ({ path, external: true }));
    build.onLoad({ filter: /.*/, namespace: 'apart' }, () => ({
      contents: `export default (...given) => require(${JSON.stringify(configBundle)}).writeFileAtomic(...given);`,
    }));
  },
};

/** Makes other dynamic imports throw, so that the bundle holds nothing that a quick answer does without. */
const noOthers = {
  name: 'no-others',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import' && !loadedLater.test(path) ? { path, namespace: 'other' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'other' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`a quick answer does without ${path}`)});`,
    }));
  },
};

/** What reads YAML, in modules of which esbuild leaves out what is not used. */
const yamlModules = { yaml: './node_modules/yaml/browser/index.js' };

const inCommonJs = {
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minify: true,
  keepNames: false,
  legalComments: 'none',
  format: 'cjs',
  define: { 'import.meta.dirname': '__dirname' },
  // A file that is loaded later is in CommonJS, too.
  supported: { 'dynamic-import': false },
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
};

/** Writes `quick.cjs`, `quick-config.cjs`, `shape-errors.cjs` and `help/COMMAND.txt` into the folder `dist`. */
export async function buildQuick(root, dist) {
  await build({
    absWorkingDir: root,
    entryPoints: { quick: 'src/cli/quick.ts' },
    outdir: dist,
    plugins: [configApart, noOthers, lazyPackages, lightBuiltins],
    ...inCommonJs,
  });
  await build({
    absWorkingDir: root,
    entryPoints: { 'quick-config': 'src/cli/quick-config.ts' },
    outdir: dist,
    plugins: [compiledValidator, errorsApart, lazyPackages, lightBuiltins],
    alias: yamlModules,
    ...inCommonJs,
  });
  await build({
    absWorkingDir: root,
    entryPoints: { 'shape-errors': 'src/config/shape-errors.ts' },
    outdir: dist,
    plugins: [compiledValidator],
    alias: yamlModules,
    ...inCommonJs,
  });
  await mkdir(join(dist, 'help'));
  for (const [name, text] of await helpTexts(root, dist)) await writeFile(join(dist, 'help', `${name}.txt`), text);
}

/** What the command line itself says, which is bundled without its commands for that. */
async function helpTexts(root, dist) {
  const outfile = join(dist, 'help.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['scripts/help-texts.mts'],
    outfile,
    bundle: true,
    packages: 'external',
    plugins: [noOthers],
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  const { texts } = await import(pathToFileURL(outfile).href);
  await rm(outfile);
  return texts;
}
