import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { digestOf } from '../../core/digest-of.ts';
import { ifThere, isUnwritable, makeFolder } from '../../core/file-errors.ts';
import type { Digest } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import { isManifestType } from '../../registry/media-types.ts';
import type { Manifest } from '../../registry/types.ts';

/** Manifests that were pulled for groups that are not wholly there yet: the next run does not pull them again. */
export interface ManifestStore {
  /** A manifest whose bytes have its digest; `undefined` where there is none. */
  read(digest: Digest): Promise<Manifest | undefined>;
  write(manifest: Manifest): Promise<void>;
  forget(digests: Iterable<Digest>): Promise<void>;
  /** Why nothing is kept any more; absent or `undefined` where all is kept. */
  problem?(): Problem | undefined;
}

/** Keeps nothing: for sources that do not count pulls. */
export const noStore: ManifestStore = { read: async () => undefined, write: async () => {}, forget: async () => {} };

/** What was not used for so long belongs to a group that nobody wants any more. */
const longestMs = 30 * 86_400_000;
/** distribution takes no larger manifest, and no media type is that long. */
const longestFile = 4 * 1024 * 1024 + 1024;

/**
 * A store in a folder, a file a manifest; each is replaced whole, so that runs may share it. What is old is removed. Where
 * nothing can be written, as on a full disk, nothing more is kept: see `problem`.
 */
export async function openManifestStore(folder: string, now: number): Promise<ManifestStore> {
  let problem: Problem | undefined;
  const pathOf = (digest: Digest) => pathIn(folder, digest);
  const unlessUnwritable = async (work: () => Promise<void>): Promise<void> => {
    if (problem !== undefined) return;
    try {
      await work();
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      problem = notKept(folder, error);
    }
  };
  const remove = (digest: Digest) => rm(pathOf(digest), { force: true });
  await unlessUnwritable(async () => {
    await makeFolder(folder);
    await removeOld(folder, now);
  });
  return {
    async read(digest) {
      const content = await ifThere(() => readFile(pathOf(digest)));
      const manifest = content === undefined ? undefined : parse(content);
      if (manifest?.digest === digest) {
        await touch(pathOf(digest), now);
        return manifest;
      }
      if (content !== undefined) await unlessUnwritable(() => remove(digest));
      return undefined;
    },
    write: ({ digest, mediaType, bytes }) =>
      unlessUnwritable(() =>
        writeFileAtomic(pathOf(digest), Buffer.concat([Buffer.from(`${mediaType}\n`), bytes]), { fsync: false }),
      ),
    forget: (digests) =>
      unlessUnwritable(async () => {
        await Promise.all([...digests].map(remove));
      }),
    problem: () => problem,
  };
}

/**
 * Opens what a store in a folder has, as it is now: gives a manifest, `undefined` where there is none. Changes nothing there,
 * and tries to open no file that is not listed.
 */
export async function openKept(folder: string): Promise<(digest: Digest) => Promise<Manifest | undefined>> {
  const names = new Set(await ifThere(() => readdir(folder)));
  return async (digest) => {
    const path = pathIn(folder, digest);
    const content = names.has(basename(path)) ? await ifThere(() => readFile(path)) : undefined;
    const manifest = content === undefined ? undefined : parse(content);
    return manifest?.digest === digest ? manifest : undefined;
  };
}

function pathIn(folder: string, digest: Digest): string {
  return join(folder, digest.replace(':', '-'));
}

/** What is pulled is not kept in the cache folder. */
export function notKept(folder: string, error: Error): Problem {
  return {
    code: 'budget/store',
    severity: 'warning',
    message: 'Pulled manifests cannot be kept for the next run, which may pull them again.',
    value: error.message,
    hint: `Make room, or set MIRRORLOCK_CACHE to a folder that can be written: ${folder}`,
  };
}

/** The media type in the first line, then the bytes. */
function parse(content: Buffer): Manifest | undefined {
  const end = content.indexOf(0x0a);
  const mediaType = content.subarray(0, Math.max(0, end)).toString('latin1');
  if (content.byteLength > longestFile || !isManifestType(mediaType)) return undefined;
  const bytes = new Uint8Array(content.subarray(end + 1));
  return { digest: digestOf(bytes), mediaType, bytes };
}

const day = 86_400_000;

/** Says that a file is in use still. */
async function touch(path: string, now: number): Promise<void> {
  const status = await ifThere(() => stat(path));
  if (status === undefined || status.mtimeMs + day > now) return;
  try {
    await ifThere(() => utimes(path, now / 1000, now / 1000));
  } catch (error) {
    // Another user's file, or a disk that is only read: then it gets old, and is read again.
    if (!isUnwritable(error)) throw error;
  }
}

async function removeOld(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const status = await ifThere(() => stat(path));
    // Absent: another run has done with it.
    if (status !== undefined && status.mtimeMs + longestMs < now) await rm(path, { force: true });
  }
}
