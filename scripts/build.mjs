// Bundles src/ and the packages that it uses into dist/, one chunk a command: a command loads few files, and only its own.
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lazyPackages } from './lazy-packages.mjs';
import { lightBuiltins } from './light-builtins.mjs';
import { buildQuick } from './quick.mjs';
import { compiledTemplates } from './templates.mjs';
import { compiledValidator, errorsApart } from './validator.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [dist, fresh, old] = ['dist', `dist.new-${process.pid}`, `dist.old-${process.pid}`].map(
  (name) => `${root}${name}`,
);

await build({
  absWorkingDir: root,
  entryPoints: {
    main: 'src/cli/main.ts',
    'simulate-thread': 'src/runs/simulate/thread.ts',
    'regex-thread': 'src/select/regex-thread.ts',
  },
  outdir: fresh,
  bundle: true,
  splitting: true,
  // What packages in CommonJS expect to be there. Most of them ask for what Node brings: those need no loader of modules.
  banner: {
    js: [
      "const require = (name) => process.getBuiltinModule(name) ?? process.getBuiltinModule('node:module').createRequire(import.meta.url)(name),",
      '__filename = import.meta.filename, __dirname = import.meta.dirname;',
    ].join(' '),
  },
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  plugins: [compiledValidator, errorsApart, compiledTemplates, lazyPackages, lightBuiltins],
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
});
// What the pages of a catalogue load, for browsers.
await build({
  absWorkingDir: root,
  entryPoints: { catalog: 'src/catalog/page/main.ts', style: 'src/catalog/page/style.css' },
  outdir: `${fresh}/catalog`,
  bundle: true,
  minify: true,
  legalComments: 'inline',
  format: 'iife',
  platform: 'browser',
  target: ['chrome110', 'firefox115', 'safari16'],
  logLevel: 'warning',
});
await buildQuick(root, fresh);
// A process of its own, without what a CI or a terminal sets: what it prints are answers.
const { PATH = '', TMPDIR = '' } = process.env;
execFileSync(process.execPath, [`${root}scripts/code.mjs`, fresh, dist], {
  env: { PATH, TMPDIR },
  stdio: ['ignore', 'ignore', 'inherit'],
});
// Put in place whole, so that a command that starts meanwhile finds one build or the other.
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
