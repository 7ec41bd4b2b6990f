import type { Digest } from '../../core/names.ts';
import type { Manifest } from '../../registry/types.ts';
import type { ManifestStore } from '../budget/manifest-store.ts';

/**
 * A store that also keeps in memory what one destination was given, up to so many bytes, for the other destinations of
 * the run: they ask the source for none of it.
 */
export function sharedManifests(store: ManifestStore, mostBytes: number): ManifestStore {
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
  };
}
