import { isImageName } from '../core/names.ts';
import type { GroupOptions } from './groups.ts';
import { readLibraryFile } from './reader.ts';
import { shownValue } from './refusal.ts';
import type { Library, LibraryFile, Refusal, UpstreamCommit, UpstreamImage } from './types.ts';

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
