import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { repositoryFiles } from '../core/repository-files.ts';
import type { MirrorPlace, RenderChange, RenderedFiles, TemplateSource } from './types.ts';

/**
 * Templates of the mirror repository's own `templates/` where it has them, and the tool's else.
 *
 * @throws UserError as RepositoryFiles (src/core/repository-files.ts) with `render/…`
 */
export function templatesFrom(repositoryFolder: string, builtInFolder: string): TemplateSource {
  const files = filesOf(repositoryFolder);
  return async (name) => (await files.read(`templates/${name}`)) ?? readFile(join(builtInFolder, name), 'utf8');
}

/**
 * Reads the `.yaml` files right in a folder of the mirror repository; none when the folder is not there.
 *
 * @throws UserError as RepositoryFiles (src/core/repository-files.ts) with `render/…`
 */
export async function readFolder(repositoryFolder: string, folder: string): Promise<RenderedFiles> {
  const files = filesOf(repositoryFolder);
  const onDisk = new Map<string, string>();
  for (const name of await files.list(folder)) {
    const path = `${folder}/${name}`;
    const text = name.endsWith('.yaml') ? await files.read(path) : undefined;
    if (text !== undefined) onDisk.set(path, text);
  }
  return onDisk;
}

/**
 * Reads those files of a mirror that are there. A text is the folder of a mirror that is at the top.
 *
 * @throws UserError as RepositoryFiles (src/core/repository-files.ts) with `render/…`
 */
export async function readFiles(place: string | MirrorPlace, paths: readonly string[]): Promise<RenderedFiles> {
  const at = locator(place);
  const onDisk = new Map<string, string>();
  for (const path of paths) {
    const { files, inside } = at(path);
    const text = await files.read(inside);
    if (text !== undefined) onDisk.set(path, text);
  }
  return onDisk;
}

/** The text of a file of the mirror repository that people write as well. @throws UserError as {@link readFiles} does */
export function readShared(repositoryFolder: string, path: string): Promise<string | undefined> {
  return filesOf(repositoryFolder).readAsIs(path);
}

/**
 * Writes and removes files of a mirror, each whole or not at all. A text is the folder of a mirror that is at the top.
 *
 * @throws UserError as RepositoryFiles (src/core/repository-files.ts) with `render/…`
 */
export async function writeChanges(place: string | MirrorPlace, changes: readonly RenderChange[]): Promise<void> {
  const at = locator(place);
  for (const { path, after } of changes) {
    const { files, inside } = at(path);
    if (after === undefined) await files.remove(inside);
    else await files.write(inside, after);
  }
}

/** Says for a path whether it is below the mirror's folder or at the top: neither is left by a symbolic link. */
function locator(place: string | MirrorPlace) {
  const { directory, top, prefix } = typeof place === 'string' ? { directory: place, top: place, prefix: '' } : place;
  const [own, above] = [filesOf(directory), filesOf(top)];
  return (path: string) =>
    isAbove(path) ? { files: above, inside: fromTop(prefix, path) } : { files: own, inside: path };
}

/** Whether a file of a mirror is at the top of its git repository, and not in the mirror's folder. */
export function isAbove(path: string): boolean {
  return path.startsWith('../');
}

/** The path from the top of the git repository, of a file of the mirror in the folder `prefix`. */
export function fromTop(prefix: string, path: string): string {
  return posix.join(prefix, path);
}

function filesOf(repositoryFolder: string) {
  return repositoryFiles(repositoryFolder, 'render');
}
