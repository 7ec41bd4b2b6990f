import type { Digest, ImageName } from '../core/names.ts';
import { makeBatches } from './batches.ts';
import type { Contents } from './contents.ts';
import type { Need, Obtained } from './obtain.ts';
import type { BlobRef, CopyItem } from './types.ts';

/** A manifest that the destination lacks, and what it holds. */
export interface ReadManifest extends Contents {
  readonly need: Need;
}

/**
 * Shares absent manifests of one image out over copies that may run side by side. An index whose children are all absent
 * and needed by no other group is one item and a copy of its own: that spares skopeo a connection and a check for each
 * child, and nobody waits long for layers that it shares with others. Other manifests are items of their own, some in a
 * copy.
 */
export function copyBatches(
  image: ImageName,
  groups: readonly Obtained[],
  absent: readonly ReadManifest[],
  whole: boolean,
): CopyItem[][] {
  const contents = new Map(absent.map(({ need, blobs }) => [need.digest, blobs]));
  const indexes = whole ? groups.filter((group) => !group.rewritten && isWhole(group, groups, contents)) : [];
  const inIndexes = new Set(indexes.flatMap(({ needs }) => needs.map(({ digest }) => digest)));
  const item = (digest: Digest, manifests: readonly Digest[]): CopyItem => {
    const blobs = manifests.flatMap((one) => contents.get(one) ?? []);
    return { image, digest, manifests, blobs: [...new Map(blobs.map((blob) => [blob.digest, blob])).values()] };
  };
  const wholes = indexes.map(({ manifest: { digest }, needs }) =>
    item(digest, [...new Set([digest, ...needs.map((need) => need.digest)])]),
  );
  const singles = makeBatches(absent.map(({ need }) => need).filter(({ digest }) => !inIndexes.has(digest)));
  return [...wholes.map((whole) => [whole]), ...singles.map((batch) => batch.map((digest) => item(digest, [digest])))];
}

function isWhole(
  group: Obtained,
  groups: readonly Obtained[],
  absent: ReadonlyMap<Digest, readonly BlobRef[]>,
): boolean {
  const isOthers = ({ digest }: Need) =>
    groups.some((other) => other !== group && other.needs.some((need) => need.digest === digest));
  return group.needs.length > 1 && group.needs.every((need) => absent.has(need.digest) && !isOthers(need));
}
