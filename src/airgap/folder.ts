import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../core/file-errors.ts';
import { type Digest, isDigest } from '../core/names.ts';
import { problemError } from '../core/problem.ts';

/** The names of an export's files: those of an OCI image layout (image-layout.md), a record, and the list of checksums. */
export const names = {
  layout: 'oci-layout',
  index: 'index.json',
  record: 'mirrorlock-export.json',
  sums: 'SHA256SUMS',
  /** What is not whole yet; gone when the export is done. */
  partial: '.partial',
} as const;

/** Where the layout keeps content, each file by its digest. */
const blobFolder = 'blobs/sha256';

/** The path of content below the folder of an export. */
export function blobPath(digest: Digest): string {
  return `${blobFolder}/${digest.slice('sha256:'.length)}`;
}

/** The content in the folder of an export, by digest. */
export interface BlobFolder {
  readonly path: string;
  /** The size of what is there (bytes); `undefined` for what is not. */
  size(digest: Digest): number | undefined;
  digests(): readonly Digest[];
  /** All bytes of something small. @throws what reading throws */
  read(digest: Digest): Promise<Uint8Array>;
  write(digest: Digest, bytes: Uint8Array): Promise<void>;
  /** Takes a file of the same file system. @throws UserError `airgap/damaged` where it has another digest */
  take(file: string, digest: Digest): Promise<void>;
  /** Takes a file of the same file system whose digest was checked while it was written; `size` in bytes. */
  keep(file: string, digest: Digest, size: number): Promise<void>;
  remove(digest: Digest): Promise<void>;
}

/**
 * Opens the content of an export that is to be made or gone on with. What an earlier run left is checked; what is
 * damaged, as after a crash of the machine, is removed.
 */
export async function openBlobFolder(path: string): Promise<BlobFolder> {
  const sizes = new Map<Digest, number>();
  let written = 0;
  const full = (digest: Digest) => join(path, blobPath(digest));
  await makeFolder(join(path, blobFolder));
  for (const name of await readdir(join(path, blobFolder))) {
    const digest = `sha256:${name}`;
    if (!isDigest(digest)) continue;
    const found = await lstat(full(digest));
    if (found.isFile() && (await fileDigest(full(digest))) === digest) sizes.set(digest, found.size);
    else await rm(full(digest), { recursive: true });
  }
  const keep: BlobFolder['keep'] = async (file, digest, size) => {
    await rename(file, full(digest));
    sizes.set(digest, size);
  };
  const take: BlobFolder['take'] = async (file, digest) => {
    const actual = await fileDigest(file);
    if (actual !== digest) throw problemError('airgap/damaged', `A file does not have the digest ${digest}.`, actual);
    const { size } = await lstat(file);
    await keep(file, digest, size);
  };
  return {
    path,
    size: (digest) => sizes.get(digest),
    digests: () => [...sizes.keys()],
    read: (digest) => readFile(full(digest)),
    async write(digest, bytes) {
      const partial = join(path, names.partial, `${++written}.json`);
      await makeFolder(join(path, names.partial));
      await writeFile(partial, bytes);
      await take(partial, digest);
    },
    take,
    keep,
    async remove(digest) {
      sizes.delete(digest);
      await rm(full(digest), { force: true });
    },
  };
}

/** The sha256 digest of a file, read as a stream. */
export async function fileDigest(path: string, onBytes: (count: number) => void = () => {}): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    onBytes(chunk.byteLength);
  }
  return `sha256:${hash.digest('hex')}`;
}
