import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceClient } from '../apply/source/upstream-registries.ts';
import { digestOf } from '../core/digest-of.ts';
import type { Digest } from '../core/names.ts';
import { problemError } from '../core/problem.ts';
import { blobPath } from './folder.ts';
import { storedManifest } from './layout.ts';
import type { CheckedExport } from './read-export.ts';

/** No manifest is larger (distribution, registry/handlers/manifests.go, `maxManifestBodySize`). */
const largestManifest = 4 * 1024 * 1024;

/**
 * An export in the place of a source. Its content is found only by digest, whatever the repository, and counts nothing.
 * Each method rejects with a UserError `airgap/left-out` for what an earlier export had.
 */
export function exportClient({ path, record, sizes }: CheckedExport): SourceClient {
  const earlier = new Set(record.images.flatMap((image) => image.earlier));
  const isHere = (digest: Digest): boolean => {
    if (sizes.has(digest)) return true;
    if (!earlier.has(digest)) return false;
    const message = 'The export omits content of an earlier export, and the destination does not have it.';
    const hint = 'Import the earlier export first, or make one without `--since`.';
    throw problemError('airgap/left-out', message, digest, hint);
  };
  const get: SourceClient['get'] = async (_, reference) => {
    const digest = asDigest(reference);
    if (digest === undefined || !isHere(digest) || (sizes.get(digest) ?? 0) > largestManifest) return undefined;
    const bytes = await readFile(join(path, blobPath(digest)));
    if (digestOf(bytes) !== digest)
      throw problemError('airgap/damaged', 'The export changed while it was read.', digest);
    return storedManifest(digest, bytes);
  };
  return {
    counts: { manifestGet: 0 },
    pullLimit: undefined,
    get,
    async head(repository, reference) {
      const manifest = await get(repository, reference);
      return manifest && { digest: manifest.digest, mediaType: manifest.mediaType };
    },
    async openBlob(_, digest, from = 0) {
      if (!isHere(digest)) return undefined;
      return { offset: from, stream: createReadStream(join(path, blobPath(digest)), { start: from }) };
    },
  };
}

function asDigest(reference: string): Digest | undefined {
  return reference.includes(':') ? (reference as Digest) : undefined;
}
