import { LRUCache } from 'lru-cache';
import type { Digest } from '../../core/names.ts';
import type { Manifest } from '../../registry/types.ts';

/** Manifests that a run has read, for all of its destinations. */
export interface ManifestMemory {
  /**
   * A manifest that is kept, else what `read` gives. Whoever asks while it is read waits for that; where it fails, the
   * other reads for itself, since its pulls and places may be others.
   */
  get(digest: Digest, read: () => Promise<Manifest | undefined>): Promise<Manifest | undefined>;
}

/** Besides its bytes, what a manifest takes in memory. */
const overhead = 512;

/** Keeps what was last used, so many bytes of it. Absence and failures are not kept. */
export function manifestMemory(mostBytes: number): ManifestMemory {
  const cache = new LRUCache<Digest, Manifest, () => Promise<Manifest | undefined>>({
    maxSize: mostBytes,
    sizeCalculation: ({ bytes }) => bytes.byteLength + overhead,
    fetchMethod: (_digest, _old, { context }) => context(),
    // What others push out while it is read is still what was asked for.
    ignoreFetchAbort: true,
  });
  return {
    async get(digest, read) {
      for (;;) {
        let isOwn = false;
        const context = () => {
          isOwn = true;
          return read();
        };
        try {
          return await cache.fetch(digest, { context });
        } catch (error) {
          if (isOwn) throw error;
        }
      }
    },
  };
}
