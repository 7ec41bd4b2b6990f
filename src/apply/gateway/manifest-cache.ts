import type { Digest } from '../../core/names.ts';
import { remembering } from '../../registry/remembering.ts';
import type { Manifest } from '../../registry/types.ts';
import type { SourceManifests } from '../types.ts';

/**
 * Reads each digest once, however many ask at the same time or later, in whatever repository. Of what was read, the last
 * used `mostBytes` bytes are kept; what was given up for them is read again when it is needed. Failures are not kept.
 */
export function manifestCache(mostBytes: number, read: SourceManifests['get']): SourceManifests['get'] {
  const underWay = remembering<Manifest | undefined>();
  // A Map keeps the order of insertion: the first has not been used for the longest time.
  const kept = new Map<Digest, Manifest>();
  let bytes = 0;

  const keep = (manifest: Manifest) => {
    kept.set(manifest.digest, manifest);
    bytes += manifest.bytes.byteLength;
    for (const [digest, oldest] of kept) {
      if (bytes <= mostBytes) return;
      kept.delete(digest);
      bytes -= oldest.bytes.byteLength;
    }
  };

  return async (image, digest) => {
    const known = kept.get(digest);
    if (known !== undefined) {
      kept.delete(digest);
      kept.set(digest, known);
      return known;
    }
    return underWay.get(digest, async () => {
      try {
        const manifest = await read(image, digest);
        if (manifest !== undefined) keep(manifest);
        return manifest;
      } finally {
        underWay.forget(digest);
      }
    });
  };
}
