import { attempt } from '../../core/attempt.ts';
import type { Digest, ImageName } from '../../core/names.ts';
import type { Knowledge } from '../../plan/budget.ts';
import type { HeadDigest, PlannedGroup } from '../../plan/types.ts';
import { isIndex, parseIndex } from '../../registry/manifest-types.ts';
import type { BlobRef, Manifest } from '../../registry/types.ts';
import { blobsOf } from '../contents.ts';
import type { ManifestStore } from '../source/disk-store.ts';

/** Knowledge that grows while groups are applied. */
export interface GrowingKnowledge extends Knowledge {
  /** Learns of groups what the store has now; of children that are new, asks the destination. */
  learn(groups: readonly PlannedGroup[]): Promise<void>;
  /** A group is wholly at the destination. */
  arrived(group: PlannedGroup): void;
}

/**
 * What the lockfile, the manifests that were kept, and a destination know of groups. The destination is asked by HEAD for
 * each child that is known; the source is not asked.
 */
export function gatherKnowledge(store: ManifestStore, head: HeadDigest): GrowingKnowledge {
  const childrenOf = new Map<Digest, readonly Digest[]>();
  const blobs = new Map<Digest, readonly BlobRef[]>();
  const asked = new Map<string, boolean>();
  const keyOf = (image: ImageName, digest: Digest) => `${image}@${digest}`;

  const readKept = async (digest: Digest): Promise<void> => {
    const manifest = await store.read(digest);
    if (manifest === undefined) return;
    const read = await attempt(async () => ({ blobs: blobsOf(manifest), children: childDigests(manifest) }));
    // What cannot be used is reported when its group is applied.
    if (!read.ok) return;
    blobs.set(digest, read.value.blobs);
    childrenOf.set(digest, read.value.children);
  };
  const children = ({ digest, index }: PlannedGroup): readonly Digest[] | undefined =>
    index?.children.map((child) => child.digest) ?? childrenOf.get(digest);
  const ask = async (image: ImageName, digest: Digest): Promise<void> => {
    const key = keyOf(image, digest);
    if (!asked.has(key)) {
      asked.set(key, false);
      asked.set(key, (await head(image, digest)) !== undefined);
    }
    // It may have been pulled since, for this destination or another.
    if (!blobs.has(digest)) await readKept(digest);
  };

  return {
    children,
    has: ({ image }, digest) => blobs.has(digest) || asked.get(keyOf(image, digest)) === true,
    blobs: (digest) => blobs.get(digest),
    async learn(groups) {
      const copied = groups.filter(({ copy }) => copy);
      await Promise.all(copied.map(({ digest }) => (blobs.has(digest) ? undefined : readKept(digest))));
      await Promise.all(copied.flatMap((group) => (children(group) ?? []).map((digest) => ask(group.image, digest))));
    },
    arrived(group) {
      for (const digest of [group.digest, ...(children(group) ?? [])]) asked.set(keyOf(group.image, digest), true);
    },
  };
}

function childDigests({ mediaType, bytes }: Manifest): readonly Digest[] {
  return isIndex(mediaType) ? parseIndex(bytes).children.map(({ digest }) => digest) : [];
}
