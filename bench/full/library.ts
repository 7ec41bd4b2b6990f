import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';

const bundle = fileURLToPath(new URL('../../../shared/data/official-images.bundle', import.meta.url));

/** The real library, by git. */
export interface RealLibrary {
  /** A clone, which serves as upstream's address. */
  readonly path: string;
  /** A day before the tip, and the tip. */
  readonly days: readonly [string, string];
  /** The library files at a commit, by image. */
  at(commit: string): Promise<ReadonlyMap<string, string>>;
}

/** Clones the bundle of real history; `undefined` where it is not there. */
export async function realLibrary(): Promise<RealLibrary | undefined> {
  if (!existsSync(bundle)) return undefined;
  const path = join(temporaryDirectory().path, 'upstream');
  await execa('git', ['clone', '--quiet', '--branch', 'master', bundle, path]);
  const git = async (...args: string[]) => (await execa('git', args, { cwd: path })).stdout;
  const [tip = '', time = ''] = (await git('log', '-1', '--format=%H %ct')).split(' ');
  const before = await git('log', '-1', '--format=%H', `--before=${Number(time) - 86_400}`);
  return {
    path,
    days: [before, tip],
    async at(commit) {
      const names = (await git('ls-tree', '--name-only', `${commit}:library`)).split('\n');
      const files = new Map<string, string>();
      for (const name of names) files.set(name, await git('show', `${commit}:library/${name}`));
      return files;
    },
  };
}
