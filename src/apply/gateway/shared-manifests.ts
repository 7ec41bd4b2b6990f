import type { Digest } from '../../core/names.ts';
import type { Manifest } from '../../registry/types.ts';
import type { ManifestStore } from '../budget/manifest-store.ts';

/** Reads a manifest; who asks for the same one meanwhile gets what comes. */
export type ReadTogether = (digest: Digest, read: () => Promise<Manifest | undefined>) => Promise<Manifest | undefined>;

/** Each for itself. */
export const readAlone: ReadTogether = (_, read) => read();

/** What destinations of a run have of the source in common. */
export interface SharedManifests extends ManifestStore {
  readonly together: ReadTogether;
}

/**
 * A store that also keeps in memory what one destination was given, up to so many bytes, for the other destinations of
 * the run: they ask the source for none of it, also while the first still asks.
 */
export function sharedManifests(store: ManifestStore, mostBytes: number): SharedManifests {
  const kept = new Map<Digest, Manifest>();
  let bytes = 0;
  return {
    read: async (digest) => kept.get(digest) ?? store.read(digest),
    async write(manifest) {
      if (!kept.has(manifest.digest) && bytes + manifest.bytes.byteLength <= mostBytes) {
        kept.set(manifest.digest, manifest);
        bytes += manifest.bytes.byteLength;
      }
      await store.write(manifest);
    },
    forget: (digests) => store.forget(digests),
    together: readTogether(),
  };
}

function readTogether(): ReadTogether {
  const underWay = new Map<Digest, Promise<Manifest | undefined>>();
  return async (digest, read) => {
    for (let other = underWay.get(digest); other !== undefined; other = underWay.get(digest)) {
      // Why it failed is told by whoever asked, whose pulls or places are perhaps not these: this one asks itself.
      const [theirs] = await Promise.allSettled([other]);
      if (theirs.status === 'fulfilled') return theirs.value;
    }
    const own = read();
    underWay.set(digest, own);
    try {
      return await own;
    } finally {
      underWay.delete(digest);
    }
  };
}
