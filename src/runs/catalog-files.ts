import { stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { isImageFile } from '../catalog/site.ts';
import { ExitCode } from '../core/exit-code.ts';
import { codeOf, ifThere, makeFolder, missingFolders } from '../core/file-errors.ts';
import { isRecord, parsedJson } from '../core/json.ts';
import { problemError, UserError } from '../core/problem.ts';
import { type RepositoryFiles, repositoryFiles } from '../core/repository-files.ts';
import type { Context } from '../session/context.ts';

/** Names the files that a catalogue wrote: only these are ever replaced or removed. */
const listName = 'mirrorlock-catalog.json';
const listSchema = 'mirrorlock/catalog-files/v1';
const fixedFiles = ['index.html', 'assets/catalog.css', 'assets/catalog.js', 'assets/names.js'];

export interface WrittenFiles {
  readonly written: number;
  readonly unchanged: number;
  readonly removed: number;
}

/**
 * Brings a folder to the files of a catalogue, by their path in it. Files of an earlier catalogue that are no longer in it
 * are removed; anything else in the folder stays. Nothing is written where a file of somebody else is in the way.
 *
 * @throws UserError `catalog/foreign-file`, `catalog/unwritable`, and as {@link RepositoryFiles} with `catalog/…`
 */
export async function writeCatalog(folder: string, files: ReadonlyMap<string, string>): Promise<WrittenFiles> {
  await makeSiteFolder(folder);
  const store = repositoryFiles(folder, 'catalog');
  const own = await readList(store);
  const before = new Map<string, string | undefined>();
  for (const path of files.keys()) before.set(path, await store.read(path));
  const foreign = [...files].filter(([path, text]) => !own.has(path) && ![undefined, text].includes(before.get(path)));
  if (foreign.length > 0) throw foreignFiles(foreign.map(([path]) => path));
  const stale = [...own].filter((path) => !files.has(path));
  // What stands there now and is no plain file is not removed, and found before the first write.
  for (const path of stale) await store.read(path);
  // First, so that a run that is cut off knows its files.
  await store.write(listName, listText([...files.keys(), ...stale]));
  let written = 0;
  for (const [path, text] of files) {
    if (before.get(path) === text) continue;
    await store.write(path, text);
    written += 1;
  }
  for (const path of stale) await store.remove(path);
  await store.write(listName, listText([...files.keys()]));
  return { written, unchanged: files.size - written, removed: stale.length };
}

/**
 * The folder that `--out` names, absolute, once it can be one: before anything is read.
 *
 * @throws UserError `catalog/bad-folder`, `catalog/unwritable`
 */
export async function siteFolder({ workingDirectory }: Context, out: string): Promise<string> {
  const hint = 'Name another folder by `--out DIR`.';
  const bad = (message: string) => problemError('catalog/bad-folder', message, out, hint);
  const taken = (message: string, path: string) => problemError('catalog/unwritable', message, path, hint);
  if (out.trim() === '') throw bad('`--out` is empty: it names the folder of the site.');
  const folder = resolve(workingDirectory, out);
  if (folder.split(sep).some((part) => part.toLowerCase() === '.git')) {
    throw bad('This folder belongs to git: no site goes there.');
  }
  const { there } = await missingFolders(folder);
  const found = await ifThere(() => stat(there));
  if (found === undefined) throw taken('A symbolic link that leads nowhere is where a folder should be.', there);
  if (!found.isDirectory()) throw taken('A file is where a folder should be.', there);
  return folder;
}

async function makeSiteFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === undefined) throw cause;
    const message = `The folder cannot be made (${code}).`;
    const problem = { code: 'catalog/unwritable', severity: 'error' as const, message, value: folder };
    throw new UserError([problem], { exitCode: ExitCode.failed, cause });
  }
}

/** The files of an earlier catalogue. A list that others wrote can name only files that a catalogue may have. */
async function readList(store: RepositoryFiles): Promise<Set<string>> {
  const list = parsedJson((await store.read(listName)) ?? '');
  const files = isRecord(list) && list['schema'] === listSchema ? list['files'] : [];
  const names = Array.isArray(files) ? files.filter((path) => typeof path === 'string') : [];
  return new Set(names.filter((path) => fixedFiles.includes(path) || isImageFile(path)));
}

function listText(paths: readonly string[]): string {
  const files = [...paths].sort();
  return `${JSON.stringify({ schema: listSchema, files }, null, 1)}\n`;
}

function foreignFiles(paths: readonly string[]): UserError {
  return new UserError(
    paths.slice(0, 10).map((value) => ({
      code: 'catalog/foreign-file',
      severity: 'error',
      message: 'A file that no catalogue wrote is where the catalogue has one: nothing was written.',
      value,
      hint: 'Name another folder by `--out DIR`, or move the file away.',
    })),
  );
}
