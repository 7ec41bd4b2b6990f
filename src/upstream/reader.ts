import { isImageName } from '../core/names.ts';
import { shownValue } from '../core/text.ts';
import { type GroupOptions, groupsOf } from './groups.ts';
import { maxFileBytes } from './limits.ts';
import { readManifest } from './manifest.ts';
import { type FileRefusal, RefusedFile } from './refusal.ts';
import type { Group, Library, LibraryFile, Refusal, UpstreamCommit, UpstreamImage } from './types.ts';

/**
 * The whole library at one commit, from its files in any order. Files that are refused are in `refusals`, together with
 * those of `refused` that git could not give. Pure, and throws nothing.
 */
export function readLibrary(
  files: readonly LibraryFile[],
  commit: UpstreamCommit,
  refused: readonly Refusal[] = [],
): Library {
  const images: UpstreamImage[] = [];
  const refusals = [...refused];
  for (const file of files) {
    const reading = readImage(file, commit);
    if ('code' in reading) refusals.push(reading);
    else images.push(reading);
  }
  return {
    commit,
    images: images.sort((a, b) => compare(a.name, b.name)),
    refusals: refusals.sort((a, b) => compare(a.image, b.image) || compare(a.code, b.code)),
  };
}

/** One file as an image, or why it is refused. Throws nothing. */
export function readImage(
  { name, text }: Pick<LibraryFile, 'name' | 'text'>,
  commit: UpstreamCommit,
  options: GroupOptions = {},
): UpstreamImage | Refusal {
  const at = { image: shownValue(name), file: shownValue(`library/${name}`), commit: commit.sha };
  if (!isImageName(name)) {
    const message =
      'A file in `library/` is named like an image: lower-case letters and digits, joined by `.`, `_` or `-`.';
    return { ...at, code: 'upstream/bad-name', message, value: shownValue(name) };
  }
  const reading = readLibraryFile(text, options);
  if (reading.kind === 'refused') return { ...at, ...reading.refusal };
  return { name, entryCount: reading.entryCount, groups: reading.groups };
}

/** By code units, the same on any machine. */
function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** What a library file says, or why it is refused. */
export type LibraryFileReading =
  | { readonly kind: 'read'; readonly entryCount: number; readonly groups: readonly Group[] }
  | { readonly kind: 'refused'; readonly refusal: FileRefusal };

/**
 * Reads a file of `library/`. It accepts, merges, inherits and refuses as bashbrew does (manifest/rfc2822.go), with three
 * exceptions, all refused by name: a file that begins with an OpenPGP header (`upstream/signed-file`; bashbrew reads the
 * signed part without checking it), one of more than 4 MiB (`upstream/file-too-large`) and one whose entries carry more than
 * a million tags (`upstream/too-many-tags`). Throws nothing, whatever the text.
 */
export function readLibraryFile(text: string, options: GroupOptions = {}): LibraryFileReading {
  try {
    checkSize(text);
    const entries = readManifest(text);
    return { kind: 'read', entryCount: entries.length, groups: groupsOf(entries, options) };
  } catch (error) {
    if (error instanceof RefusedFile) return { kind: 'refused', refusal: error.refusal };
    throw error;
  }
}

function checkSize(text: string): void {
  const size = Buffer.byteLength(text);
  if (size > maxFileBytes) throw fileTooLarge(size);
}

/** The refusal of a file of `size` bytes. */
export function fileTooLarge(size: number): RefusedFile {
  return new RefusedFile(
    'upstream/file-too-large',
    1,
    `A library file has at most ${maxFileBytes} bytes.`,
    `${size} bytes`,
  );
}
