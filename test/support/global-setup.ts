import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const { codePath } = createRequire(import.meta.url)('../../bin/bundle.js') as { codePath(path: string): string };
const root = fileURLToPath(new URL('../..', import.meta.url));
const built = join(root, 'dist/main.js');

/** Builds the command once for all tests that run it, when a source is newer than the build, or another Node built it. */
export default async function buildCommand(): Promise<void> {
  const isOfThisNode = existsSync(built) && existsSync(codePath(join(root, 'dist/quick.cjs')));
  if (isOfThisNode && statSync(built).mtimeMs > newestSource()) return;
  try {
    await promisify(execFile)(process.execPath, [join(root, 'scripts/build.mjs')]);
  } catch (error) {
    // The tests that run the command will say that it is absent; all others can do without.
    console.error(`The command cannot be built. ${error}`);
  }
}

function newestSource(): number {
  const folders = ['bin', 'src', 'scripts', 'schema'];
  const inside = (folder: string) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  const sources = folders.flatMap((folder) => [folder, ...inside(folder).map((name) => join(folder, name))]);
  const files = ['package-lock.json', ...sources];
  return Math.max(...files.map((file) => statSync(join(root, file)).mtimeMs));
}
