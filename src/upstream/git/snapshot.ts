import { problemError } from '../../core/problem.ts';
import { shownValue } from '../../core/text.ts';
import { decodeUtf8 } from '../go-text.ts';
import { maxFileBytes, maxLibraryBytes, maxLibraryFiles } from '../limits.ts';
import { fileTooLarge } from '../reader.ts';
import type { LibraryFile, Refusal } from '../types.ts';
import type { LocalGit } from './local.ts';
import { inspect, listFolder, readBlobs, type TreeEntry } from './repository.ts';

/** The files of `library/` at one commit, as far as they are listed: their contents may still be missing. */
export interface Listing {
  readonly commit: string;
  readonly files: readonly TreeEntry[];
  readonly refusals: readonly Refusal[];
}

export interface LibraryFiles {
  readonly files: readonly LibraryFile[];
  readonly refusals: readonly Refusal[];
}

const notAFile = 'Only regular files stand in `library/`.';
const otherModes: Readonly<Record<string, string>> = {
  '120000': 'a symbolic link',
  '160000': 'a submodule',
  '040000': 'a folder',
};

/**
 * Lists `library/` at a commit. What is no regular file is refused by name. Throws a UserError `upstream/no-library` where
 * the commit has no such folder, and `upstream/too-large` where it holds absurdly much.
 */
export async function listLibrary(git: LocalGit, commit: string): Promise<Listing> {
  const entries = await listFolder(git, commit, 'library');
  if (entries.length === 0) {
    const hint = 'Is this a clone of docker-library/official-images?';
    throw problemError('upstream/no-library', 'The commit has no folder `library/`.', commit, hint);
  }
  if (entries.length > maxLibraryFiles) throw tooLarge(`${entries.length} files`);
  const isFile = ({ mode }: TreeEntry): boolean => /^100\d{3}$/.test(mode);
  return {
    commit,
    files: entries.filter(isFile),
    refusals: entries
      .filter((entry) => !isFile(entry))
      .map((entry) =>
        refuse(commit, entry.name, 'upstream/not-a-file', notAFile, otherModes[entry.mode] ?? entry.mode),
      ),
  };
}

/** Of the given blobs those that the repository does not have, each once. */
export async function missingBlobs(git: LocalGit, blobs: readonly string[]): Promise<string[]> {
  const oids = [...new Set(blobs)];
  const objects = await inspect(git, oids);
  return oids.filter((_, index) => objects[index] === undefined);
}

/**
 * Reads the files of a listing by one process. A file that is too large is refused by name. Throws DamagedCache where one is
 * missing, and a UserError `upstream/too-large` where all together are too large.
 */
export async function readListing(git: LocalGit, { commit, files, refusals }: Listing): Promise<LibraryFiles> {
  const oids = files.map(({ oid }) => oid);
  const objects = await inspect(git, oids);
  const sized = files.map((file, index) => ({ ...file, size: objects[index]?.size ?? 0 }));
  const readable = sized.filter(({ size }) => size <= maxFileBytes);
  const total = readable.reduce((sum, { size }) => sum + size, 0);
  if (total > maxLibraryBytes) throw tooLarge(`${total} bytes`);
  const blobs = await readBlobs(git, [...new Set(readable.map(({ oid }) => oid))]);
  return {
    files: readable.map(({ name, oid }) => ({ name, blob: oid, text: decodeUtf8(blobs.get(oid) ?? Buffer.alloc(0)) })),
    refusals: [
      ...refusals,
      ...sized.filter(({ size }) => size > maxFileBytes).map((file) => refuseLarge(commit, file)),
    ],
  };
}

function refuseLarge(commit: string, { name, size }: TreeEntry & { size: number }): Refusal {
  const { code, message, value } = fileTooLarge(size).refusal;
  return refuse(commit, name, code, message, value ?? '');
}

function refuse(commit: string, name: string, code: string, message: string, value: string): Refusal {
  return { image: shownValue(name), file: shownValue(`library/${name}`), commit, code, message, value };
}

function tooLarge(value: string) {
  const rule = `A library has at most ${maxLibraryFiles} files and ${maxLibraryBytes} bytes.`;
  return problemError('upstream/too-large', rule, value);
}
