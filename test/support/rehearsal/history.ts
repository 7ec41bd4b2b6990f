import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gitIn } from '../git.ts';

const stepSeconds = 6 * 3600;

/** Upstream as it really was, by git. */
export interface History {
  /** A clone, which serves as upstream's address. */
  readonly path: string;
  /** When the bot runs, the oldest first: the starts of windows of six hours from midnight UTC. */
  readonly steps: readonly Date[];
  /** Brings the clone to what upstream had then; gives the commit. */
  moveTo(time: Date): Promise<string>;
  /** The library files that the clone has now, by image; those of `images` that are there. */
  read(images: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The images of all library files that the clone has now. */
  names(): Promise<readonly string[]>;
}

/** Clones a bundle of real history into `folder`, for the steps of its last days. */
export async function realHistory(bundle: string, folder: string, days: number): Promise<History> {
  await gitIn('.')('clone', '--quiet', '--branch', 'master', bundle, folder);
  const git = gitIn(folder);
  const last = Math.ceil(Number(await git('log', '-1', '--format=%ct')) / stepSeconds);
  const count = days * 4;
  return {
    path: folder,
    steps: Array.from({ length: count }, (_, index) => new Date((last - count + 1 + index) * stepSeconds * 1000)),
    async moveTo(time) {
      const commit = await git('rev-list', '--max-count=1', `--before=${time.toISOString()}`, 'origin/master');
      await git('checkout', '--quiet', '-B', 'master', commit);
      return commit;
    },
    async read(images) {
      const present = new Set(await readdir(join(folder, 'library')));
      const names = images.filter((name) => present.has(name));
      const texts = names.map(async (name) => [name, await readFile(join(folder, 'library', name), 'utf8')] as const);
      return new Map(await Promise.all(texts));
    },
    names: async () => (await readdir(join(folder, 'library'))).sort(),
  };
}
