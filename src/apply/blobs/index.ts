import { appendFile, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ifThere, isUnwritable, makeFolder } from '../../core/file-errors.ts';
import { type Digest, isDigest } from '../../core/names.ts';

/** Which repositories of a registry have which blobs, as runs have seen it; what is recorded may have gone since. */
export interface BlobRecord {
  repositories(blob: Digest): readonly string[];
  has(repository: string, blob: Digest): boolean;
  /** One of the blobs of a repository; `undefined` where none is known. */
  someBlob(repository: string): Digest | undefined;
  /** Whether something was put into a repository, or was about to be, by this run or one before. */
  isBegun(repository: string): boolean;
  /** Something is about to be put into a repository: a run that is killed then leaves more there than it has recorded. */
  begin(repository: string): Promise<void>;
  add(repository: string, blobs: readonly Digest[]): Promise<void>;
  /** They turned out not to be there. Without blobs: nothing is there. */
  forget(repository: string, blobs?: readonly Digest[]): Promise<void>;
}

/** Some hundred thousand lines: more than all blobs of the library. Beyond it the record begins anew. */
const mostBytes = 64 * 1024 * 1024;
const repositoryPattern = /^[a-z0-9][a-z0-9._/-]*$/;

/** Begins a line that takes back what lines before it say. */
const gone = '-';
/** Begins a line that says that a repository is about to be written to. */
const begins = '+';

/**
 * Opens the record in `file`, a line for each repository and blob. Runs may add to it at once: a line that is not whole
 * is passed over, and a line that stands twice does no harm. Absent, or where it cannot be written: it is only kept in memory.
 */
export async function openBlobRecord(file: string | undefined): Promise<BlobRecord> {
  const places = new Map<Digest, string>();
  const begun = new Set<string>();
  const note = (repository: string, blob: Digest): boolean => {
    const known = places.get(blob);
    if (known?.split(' ').includes(repository)) return false;
    places.set(blob, known === undefined ? repository : `${known} ${repository}`);
    return true;
  };
  const remove = (repository: string, blob: Digest): boolean => {
    const others = (places.get(blob)?.split(' ') ?? []).filter((other) => other !== repository);
    const wasThere = places.get(blob)?.split(' ').includes(repository) === true;
    if (others.length > 0) places.set(blob, others.join(' '));
    else places.delete(blob);
    return wasThere;
  };
  for (const line of (await readIfThere(file)).split('\n')) {
    const words = line.split(' ');
    if (words[0] === begins && repositoryPattern.test(words[1] ?? '')) begun.add(words[1] ?? '');
    const isGone = words[0] === gone;
    const [repository = '', blob = ''] = isGone ? words.slice(1) : words;
    if (!isDigest(blob) || !repositoryPattern.test(repository)) continue;
    if (isGone) remove(repository, blob);
    else note(repository, blob);
  }
  let writable = file;
  const write = async (lines: readonly string[]): Promise<void> => {
    const file = writable;
    if (file === undefined || lines.length === 0) return;
    try {
      await makeFolder(dirname(file));
      await appendFile(file, lines.join(''));
    } catch (error) {
      // Nobody needs the record: a folder that cannot be written is no reason to fail.
      if (!isUnwritable(error)) throw error;
      writable = undefined;
    }
  };
  const repositories = (blob: Digest): readonly string[] => places.get(blob)?.split(' ') ?? [];
  return {
    repositories,
    has: (repository, blob) => repositories(blob).includes(repository),
    someBlob: (repository) => [...places.keys()].find((blob) => repositories(blob).includes(repository)),
    isBegun: (repository) => begun.has(repository),
    async begin(repository) {
      if (begun.has(repository)) return;
      begun.add(repository);
      await write([`${begins} ${repository}\n`]);
    },
    async add(repository, blobs) {
      await write(blobs.filter((blob) => note(repository, blob)).map((blob) => `${repository} ${blob}\n`));
    },
    async forget(repository, blobs = [...places.keys()]) {
      const known = blobs.filter((blob) => remove(repository, blob));
      await write(known.map((blob) => `${gone} ${repository} ${blob}\n`));
    },
  };
}

async function readIfThere(file: string | undefined): Promise<string> {
  if (file === undefined) return '';
  try {
    const text = (await ifThere(() => readFile(file, 'utf8'))) ?? '';
    if (text.length <= mostBytes) return text;
    await rm(file);
    return '';
  } catch (error) {
    if (isUnwritable(error)) return '';
    throw error;
  }
}
