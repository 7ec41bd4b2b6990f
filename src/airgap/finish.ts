import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { blobsOf } from '../apply/contents.ts';
import { digestOf } from '../core/digest-of.ts';
import type { Digest, ImageName } from '../core/names.ts';
import { UserError } from '../core/problem.ts';
import { type LockedImage, type Lockfile, lockedGroups } from '../lock/types.ts';
import { isIndex, parseIndex } from '../registry/manifest-types.ts';
import type { ExportStore } from './export-store.ts';
import { type BlobFolder, blobPath, names } from './folder.ts';
import { layoutIndex, layoutText } from './layout.ts';
import { type ExportedImage, type ExportRecord, formatRecord } from './record.ts';
import { formatSums } from './sums.ts';

/** An earlier export: its record, and the digest of the file that it was read from. */
export interface Earlier {
  readonly record: ExportRecord;
  readonly digest: Digest;
}

/**
 * Describes an export whose content is there: looks through all that each tag needs, so that nothing is missing.
 *
 * @throws UserError `airgap/incomplete` where something is
 */
export async function describeExport(
  images: readonly LockedImage[],
  { upstream }: Lockfile,
  store: ExportStore,
  folder: BlobFolder,
  since: Earlier | undefined,
): Promise<ExportRecord> {
  const described: ExportedImage[] = [];
  for (const image of images) {
    const before = since?.record.images.find((one) => one.image === image.image);
    const here = new Set<Digest>();
    const groups = lockedGroups(image).map(({ digest, tags }) => {
      const known = store.describe(image.image, digest) ?? incomplete(image.image, digest);
      return { digest, mediaType: known.mediaType, size: known.size, tags };
    });
    const earlier = new Set<Digest>([...(before?.here ?? []), ...(before?.earlier ?? [])]);
    for (const { digest } of groups) if (!earlier.has(digest)) await gather(image.image, digest, here, earlier);
    described.push({ image: image.image, groups, here: [...here].sort(), earlier: [...earlier].sort() });
  }
  return { upstream, ...(since === undefined ? {} : { since: since.digest }), images: described };

  async function gather(image: ImageName, digest: Digest, here: Set<Digest>, earlier: Set<Digest>): Promise<void> {
    if (here.has(digest) || earlier.has(digest)) return;
    const manifest = folder.size(digest) === undefined ? undefined : await store.get(image, digest);
    if (manifest === undefined) incomplete(image, digest);
    here.add(digest);
    if (isIndex(manifest.mediaType)) {
      for (const child of parseIndex(manifest.bytes).children) await gather(image, child.digest, here, earlier);
      return;
    }
    for (const { digest: blob, size } of blobsOf(manifest)) {
      if (earlier.has(blob)) continue;
      if (folder.size(blob) !== size) incomplete(image, blob);
      here.add(blob);
    }
  }
}

/**
 * Writes what makes an export of the content that is there. The list of checksums comes last: an export without it is
 * not finished. Content that no image needs is removed.
 */
export async function writeExport(record: ExportRecord, folder: BlobFolder): Promise<void> {
  const needed = new Set(record.images.flatMap(({ here }) => here));
  for (const digest of folder.digests()) if (!needed.has(digest)) await folder.remove(digest);
  const files = new Map([
    [names.layout as string, layoutText],
    [names.index, layoutIndex(record)],
    [names.record, formatRecord(record)],
  ]);
  for (const [name, text] of files) await writeFileAtomic(join(folder.path, name), text);
  const sums = new Map<string, Digest>([
    ...[...files].map(([name, text]): [string, Digest] => [name, digestOf(Buffer.from(text))]),
    ...[...needed].map((digest): [string, Digest] => [blobPath(digest), digest]),
  ]);
  await writeFileAtomic(join(folder.path, names.sums), formatSums(sums));
}

/** Takes back that an export is finished, before its content changes. */
export async function unfinish(path: string): Promise<void> {
  await rm(join(path, names.sums), { force: true });
}

function incomplete(image: ImageName, value: Digest): never {
  const message = `The export lacks something that ${image} needs.`;
  const hint = 'Run it again: the export continues.';
  throw new UserError([{ code: 'airgap/incomplete', severity: 'error', message, value, hint }]);
}
