import { type GroupOptions, groupsOf } from './groups.ts';
import { maxFileBytes } from './limits.ts';
import { readManifest } from './manifest.ts';
import { type FileRefusal, RefusedFile } from './refusal.ts';
import type { Group } from './types.ts';

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
