import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { onCleanUp } from '../../test/support/cleanup.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';

/** The last commit at which skopeo copied. */
export const commitBefore = '60bc19d';
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The command as it was before the copy engine, built in a work tree that goes with this process; else why there is none. */
export async function commandBefore(): Promise<{ readonly command: string } | { readonly absent: string }> {
  const git = (...args: string[]) => execa('git', args, { cwd: root, reject: false });
  const known = await git('cat-file', '-e', `${commitBefore}^{commit}`);
  if (known.failed) return { absent: `the commit is not in this clone: ${firstLine(known.stderr)}` };
  const tree = join(temporaryDirectory().path, 'before');
  const added = await git('worktree', 'add', '--quiet', '--detach', tree, commitBefore);
  if (added.failed) return { absent: `git worktree failed: ${firstLine(added.stderr)}` };
  onCleanUp(async () => void (await git('worktree', 'remove', '--force', tree)));
  try {
    await bringPackages(tree);
    await execa('node', ['scripts/build.mjs'], { cwd: tree });
  } catch (error) {
    return { absent: `it cannot be built: ${firstLine(error instanceof Error ? error.message : String(error))}` };
  }
  return { command: join(tree, 'bin/mirrorlock.js') };
}

/** Those installed here where they are the ones that it was locked to; else its own. */
async function bringPackages(tree: string): Promise<void> {
  const [wanted, here] = await Promise.all([lockedIn(tree), lockedIn(root)]);
  const isSame = Object.entries(wanted).every(([path, { version }]) => here[path]?.version === version);
  if (isSame) await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
  else await execa('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: tree });
}

type Locked = Readonly<Record<string, { readonly version?: string }>>;

async function lockedIn(folder: string): Promise<Locked> {
  const text = await readFile(join(folder, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Locked };
  return Object.fromEntries(Object.entries(packages).filter(([path]) => path !== ''));
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
