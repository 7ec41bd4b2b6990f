import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../core/digest-of.ts';
import { ifThere } from '../core/file-errors.ts';
import type { Digest } from '../core/names.ts';
import { type Problem, problemError, UserError } from '../core/problem.ts';
import type { Progress } from '../core/progress.ts';
import { blobPath, fileDigest, names } from './folder.ts';
import { layoutIndex, layoutText } from './layout.ts';
import { type ExportRecord, parseRecord } from './record.ts';
import { parseSums, type Sums } from './sums.ts';

/** A finished export whose files were all checked. */
export interface CheckedExport {
  readonly path: string;
  readonly record: ExportRecord;
  /** The content that it holds, with the size of each (bytes). */
  readonly sizes: ReadonlyMap<Digest, number>;
}

/** Room for the record and the index of the whole library, many times over. */
const largestText = 256 * 1024 * 1024;
const mostProblems = 20;

/**
 * Opens an export and reads every file of it: nothing of it is used before all of it is known to be whole.
 *
 * @throws UserError `airgap/unfinished`, `airgap/bad-sums`, `airgap/damaged`, `airgap/not-a-file`, `airgap/bad-record`,
 * `airgap/bad-index`
 */
export async function readExport(path: string, progress: Progress): Promise<CheckedExport> {
  const sums = parseSums(await readOwn(path, names.sums));
  const sizes = await checkFiles(path, sums, progress);
  const record = parseRecord(await readOwn(path, names.record), names.record);
  await checkLayout(path, record);
  const missing = record.images.flatMap(({ here }) => here).filter((digest) => !sums.has(blobPath(digest)));
  if (missing.length > 0)
    throw problemError('airgap/bad-record', 'The record names content that the list of checksums lacks.', missing[0]);
  return { path, record, sizes };
}

/** Reads the record of an export, for one that builds on it: the folder, or only its record. */
export async function readEarlier(path: string): Promise<{ record: ExportRecord; digest: Digest }> {
  const isFolder = (await statOf(path))?.isDirectory() === true;
  const text = isFolder ? await readOwn(path, names.record) : await readText(path, path);
  return { record: parseRecord(text, isFolder ? join(path, names.record) : path), digest: digestOf(Buffer.from(text)) };
}

async function checkFiles(path: string, sums: Sums, progress: Progress): Promise<Map<Digest, number>> {
  const task = progress.start('Checking the export', sums.size);
  const sizes = new Map<Digest, number>();
  const problems: Problem[] = [];
  for (const [file, digest] of sums) {
    const found = await statOf(join(path, file));
    if (found?.isFile()) task.expect(found.size);
    const actual = found?.isFile() ? await fileDigest(join(path, file), (count) => task.moved(count)) : undefined;
    if (actual === digest) sizes.set(digest, found?.size ?? 0);
    else if (problems.length < mostProblems) problems.push(damaged(file, actual ?? (found ? 'no file' : 'absent')));
    task.advance(1, undefined, { failed: actual !== digest });
  }
  task.end();
  if (problems.length > 0) throw new UserError(problems);
  return sizes;
}

/** The layout's own files follow from the record: a layout that says something else is refused. */
async function checkLayout(path: string, record: ExportRecord): Promise<void> {
  const isRight =
    (await readOwn(path, names.layout)) === layoutText && (await readOwn(path, names.index)) === layoutIndex(record);
  if (isRight) return;
  const message = 'The index of the layout differs from the record of the export.';
  throw problemError('airgap/bad-index', message, names.index, 'Make the export anew.');
}

async function readOwn(path: string, name: string): Promise<string> {
  if ((await statOf(join(path, name))) === undefined) {
    const hint = 'Run `mirrorlock export` again: it continues.';
    throw problemError('airgap/unfinished', 'This folder holds no finished export.', join(path, name), hint);
  }
  return readText(join(path, name), name);
}

async function readText(path: string, shownAs: string): Promise<string> {
  const found = await statOf(path);
  if (found?.isFile() && found.size <= largestText) return readFile(path, 'utf8');
  const message = found === undefined ? 'The file does not exist.' : 'Not a file of an export.';
  throw problemError('airgap/not-a-file', message, shownAs);
}

function damaged(file: string, value: string): Problem {
  const message = 'A file of the export differs from its checksum.';
  return { code: 'airgap/damaged', severity: 'error', message, place: { file }, value, hint: 'Copy it again.' };
}

/** What stands at a path, links not followed; `undefined` for nothing. */
function statOf(path: string) {
  return ifThere(() => lstat(path));
}
