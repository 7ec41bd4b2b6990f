import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryFiles } from '../core/repository-files.ts';
import type { RenderChange, RenderedFiles, TemplateSource } from './types.ts';

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
 * Reads those files of the mirror repository that are there.
 *
 * @throws UserError as RepositoryFiles (src/core/repository-files.ts) with `render/…`
 */
export async function readFiles(repositoryFolder: string, paths: readonly string[]): Promise<RenderedFiles> {
  const files = filesOf(repositoryFolder);
  const onDisk = new Map<string, string>();
  for (const path of paths) {
    const text = await files.read(path);
    if (text !== undefined) onDisk.set(path, text);
  }
  return onDisk;
}

/** The text of a file of the mirror repository that people write as well. @throws UserError as {@link readFiles} does */
export function readShared(repositoryFolder: string, path: string): Promise<string | undefined> {
  return filesOf(repositoryFolder).readAsIs(path);
}

/**
 * Writes and removes files, each whole or not at all.
 *
 * @throws UserError as RepositoryFiles (src/core/repository-files.ts) with `render/…`
 */
export async function writeChanges(repositoryFolder: string, changes: readonly RenderChange[]): Promise<void> {
  const files = filesOf(repositoryFolder);
  for (const { path, after } of changes) {
    if (after === undefined) await files.remove(path);
    else await files.write(path, after);
  }
}

function filesOf(repositoryFolder: string) {
  return repositoryFiles(repositoryFolder, 'render');
}
