// Bundles src/ into dist/, one chunk a command, so that `mirrorlock --help` loads little. Packages stay outside.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compiledValidator } from './validator.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [dist, fresh, old] = ['dist', `dist.new-${process.pid}`, `dist.old-${process.pid}`].map(
  (name) => `${root}${name}`,
);

await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/cli/main.ts', 'simulate-thread': 'src/commands/simulate-thread.ts' },
  outdir: fresh,
  bundle: true,
  splitting: true,
  packages: 'external',
  plugins: [compiledValidator],
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
});
// Put in place whole, so that a command that starts meanwhile finds one build or the other.
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
