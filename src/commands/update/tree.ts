import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problemError } from '../../core/problem.ts';
import { type Git, gitOutput } from '../../forge/git/run.ts';
import { lockfileName } from '../../lock/file.ts';
import { ciPaths } from '../../render/ci/providers.ts';
import { syncFolder } from '../../render/sync-file.ts';

/** No file of a mirror repository is this large (bytes). */
const largestFile = 64 * 1024 * 1024;

/**
 * Writes what of a commit this tool reads to a folder, as data: regular files alone, no link is followed, no filter or
 * hook runs. Nothing in the user's work tree is looked at.
 *
 * @param prefix where in the git repository the mirror repository is: empty, or a path with `/` at its end
 * @throws UserError `update/file-too-large`, ForgeError `forge/git`
 */
export async function writeTree(
  git: Git,
  commit: string,
  prefix: string,
  config: string,
  folder: string,
): Promise<void> {
  const output = await gitOutput(git, { args: ['ls-tree', '-r', '-z', '-l', '--full-tree', commit] });
  for (const line of output.split('\0').filter(Boolean)) {
    const [, mode, hash = '', size, path = ''] = /^(\d+) \w+ (\w+) +(\S+)\t(.*)$/s.exec(line) ?? [];
    if (!/^100(?:644|755)$/.test(mode ?? '') || !path.startsWith(prefix)) continue;
    const own = path.slice(prefix.length);
    if (!isRead(own, config)) continue;
    if (Number(size) > largestFile) throw problemError('update/file-too-large', 'A file is too large.', path);
    const file = join(folder, own);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await gitOutput(git, { args: ['cat-file', 'blob', hash] }));
  }
}

function isRead(path: string, config: string): boolean {
  const isOfFolder = path.startsWith(`${syncFolder}/`) || path.startsWith('templates/');
  return path === config || path === lockfileName || isOfFolder || ciPaths.includes(path);
}
