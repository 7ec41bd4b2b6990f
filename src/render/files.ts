import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { RenderChange, RenderedFiles, TemplateSource } from './types.ts';

/** Templates of the mirror repository's own `templates/` where it has them, and the tool's else. */
export function templatesFrom(repositoryFolder: string, builtInFolder: string): TemplateSource {
  return (name) => {
    const own = join(repositoryFolder, 'templates', name);
    return readFileSync(existsSync(own) ? own : join(builtInFolder, name), 'utf8');
  };
}

/** Reads the `.yaml` files right in a folder of the mirror repository; none when the folder is not there. */
export async function readFolder(repositoryFolder: string, folder: string): Promise<RenderedFiles> {
  const names = await readdir(join(repositoryFolder, folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const paths = names.filter((name) => name.endsWith('.yaml')).map((name) => `${folder}/${name}`);
  const texts = await Promise.all(paths.map((path) => readFile(join(repositoryFolder, path), 'utf8')));
  return new Map(paths.map((path, index) => [path, texts[index] ?? '']));
}

/** Writes and removes files, each whole or not at all. */
export async function writeChanges(repositoryFolder: string, changes: readonly RenderChange[]): Promise<void> {
  for (const { path, after } of changes) {
    const full = join(repositoryFolder, path);
    if (after === undefined) await rm(full, { force: true });
    else {
      await mkdir(dirname(full), { recursive: true });
      await writeFileAtomic(full, after);
    }
  }
}
