import type { DestinationManifests } from '../apply/types.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import { type LockedImage, lockedGroups } from '../lock/types.ts';
import type { BlobFolder } from './folder.ts';
import { storedManifest } from './layout.ts';
import type { Described, ExportedImage, ExportRecord } from './record.ts';

/** An export that is being made, as a destination that images are applied to. */
export interface ExportStore extends DestinationManifests {
  /** Whether an earlier export had content for an image, so that it is left out. */
  hadEarlier(image: ImageName, digest: Digest): boolean;
  /** What a digest is that was put under a tag, or that an earlier export had as a group. */
  describe(image: ImageName, digest: Digest): Described | undefined;
}

/** @param since the record of the earlier export */
export function exportStore(folder: BlobFolder, since: ExportRecord | undefined): ExportStore {
  const before = new Map((since?.images ?? []).map((image) => [image.image, earlierOf(image)]));
  const put = new Map<Digest, Described>();
  return {
    hadEarlier: (image, digest) => before.get(image)?.content.has(digest) ?? false,
    describe: (image, digest) => before.get(image)?.groups.get(digest) ?? put.get(digest),
    async head(image, reference) {
      const digest = digestOf(reference);
      if (digest === undefined) return undefined;
      const isThere = folder.size(digest) !== undefined || (before.get(image)?.content.has(digest) ?? false);
      // Of what an earlier export had, nothing but the digest is known here, and nothing else is asked for.
      return isThere ? { digest, mediaType: '' } : undefined;
    },
    hasWhole: async (image, { digest }) =>
      folder.size(digest) !== undefined || (before.get(image)?.content.has(digest) ?? false),
    async get(_, digest) {
      return folder.size(digest) === undefined ? undefined : storedManifest(digest, await folder.read(digest));
    },
    async put(_image: ImageName, _tag: Tag, { digest, mediaType, bytes }) {
      if (put.has(digest)) return;
      if (folder.size(digest) === undefined) await folder.write(digest, bytes);
      put.set(digest, { digest, mediaType, size: bytes.byteLength });
    },
  };
}

/** The groups of images that the earlier export did not have: what is to be exported now. */
export function newGroups(images: readonly LockedImage[], { describe }: ExportStore): LockedImage[] {
  return images.flatMap((image) => {
    const entries = lockedGroups(image).filter(({ digest }) => describe(image.image, digest) === undefined);
    return entries.length === 0 ? [] : [{ image: image.image, entries }];
  });
}

function earlierOf({ groups, here, earlier }: ExportedImage) {
  return {
    content: new Set([...here, ...earlier]),
    groups: new Map(
      groups.map(({ digest, mediaType, size }): [Digest, Described] => [digest, { digest, mediaType, size }]),
    ),
  };
}

function digestOf(reference: Tag | Digest): Digest | undefined {
  return reference.includes(':') ? (reference as Digest) : undefined;
}
