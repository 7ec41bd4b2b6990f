import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problemError } from '../../core/problem.ts';
import { temporaryFolder } from '../../core/temporary-folder.ts';
import { type Git, gitOutput } from '../../forge/git/run.ts';
import { lockfileName } from '../../lock/file.ts';
import { ciPathsIn } from '../../render/ci/providers.ts';
import { fromTop } from '../../render/files.ts';
import { gitattributesPath } from '../../render/gitattributes.ts';
import { syncFolder } from '../../render/sync-file.ts';
import type { MirrorPlace } from '../../render/types.ts';
import type { Context } from '../../session/context.ts';

/** No file of a mirror repository is this large (bytes). */
const largestFile = 64 * 1024 * 1024;

/** Where in a git repository a mirror repository is, and where temporary files may be. */
export interface TreeOptions {
  readonly git: Git;
  /** Empty, or a path with `/` at its end. */
  readonly prefix: string;
  readonly temporaryDirectory: string;
}

/** What is read of a commit. */
export interface TreeSource {
  readonly commit: string;
  /** Of the files that this tool reads, by their paths in the mirror repository; absent: all. */
  readonly takes?: (path: string) => boolean;
}

/**
 * Works in a folder of its own that holds what this tool reads of commits, as data: regular files alone, no link is
 * followed, no filter or hook runs, and nothing in the user's work tree is looked at. The folder is removed afterwards.
 *
 * @throws UserError `update/file-too-large`, ForgeError `forge/git`, and what the work throws
 */
export async function inTree<Result>(
  context: Context,
  sources: readonly TreeSource[],
  options: TreeOptions,
  work: (there: Context, place: MirrorPlace) => Promise<Result>,
): Promise<Result> {
  const temporary = await temporaryFolder('update', options.temporaryDirectory);
  const { prefix } = options;
  const top = temporary.path;
  const directory = join(top, prefix);
  try {
    await mkdir(directory, { recursive: true });
    for (const source of sources) await writeTree(source, options, context.configFile, top);
    const there = { ...context, directory, pathsFrom: context.pathsFrom ?? context.directory };
    return await work(there, { directory, top, prefix });
  } finally {
    await temporary.remove();
  }
}

async function writeTree(
  { commit, takes = () => true }: TreeSource,
  { git, prefix }: TreeOptions,
  config: string,
  top: string,
): Promise<void> {
  const ci = new Set(ciPathsIn(prefix).map((path) => fromTop(prefix, path)));
  const output = await gitOutput(git, { args: ['ls-tree', '-r', '-z', '-l', '--full-tree', commit] });
  for (const line of output.split('\0').filter(Boolean)) {
    const [, mode, hash = '', size, path = ''] = /^(\d+) \w+ (\w+) +(\S+)\t(.*)$/s.exec(line) ?? [];
    if (mode === '120000' && path === `${prefix}${gitattributesPath}`) {
      throw problemError('render/symbolic-link', 'A generated file must not be a symbolic link.', path);
    }
    if (mode === '120000' && isOnTheWay(path, ci)) await writeLink(join(top, path));
    if (!/^100(?:644|755)$/.test(mode ?? '')) continue;
    const own = path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
    if (!ci.has(path) && (own === undefined || !isRead(own, config))) continue;
    if (!takes(own ?? path)) continue;
    if (Number(size) > largestFile) throw problemError('update/file-too-large', 'A file is too large.', path);
    const file = join(top, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await gitOutput(git, { args: ['cat-file', 'blob', hash] }));
  }
}

/** Whether a path is one of these, or a folder on the way to one. */
function isOnTheWay(path: string, files: ReadonlySet<string>): boolean {
  return files.has(path) || [...files].some((file) => file.startsWith(`${path}/`));
}

/** A link to nowhere in the place of one that rendered files would replace: rendering refuses it. */
async function writeLink(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink('nowhere', path);
}

function isRead(path: string, config: string): boolean {
  const isOfFolder = path.startsWith(`${syncFolder}/`) || isTemplate(path);
  return path === config || path === lockfileName || isOfFolder || path === gitattributesPath;
}

/** Whether a path is that of a template of the mirror repository's own. */
export function isTemplate(path: string): boolean {
  return path.startsWith('templates/');
}
