import type { Destination } from '../../config/types.ts';
import type { Digest } from '../../core/names.ts';
import { repositoryPath } from '../../core/repository-path.ts';
import type { RegistryClient } from '../../registry/types.ts';
import { attempt } from '../attempt.ts';
import type { CopyItem } from '../types.ts';
import type { BlobRecord } from './blob-record.ts';

/** Brings blobs to repositories of a destination from others of it, before skopeo asks for them at the source. */
export interface Mounts {
  /** Mounts what other repositories are known to have; what cannot be mounted is left to be copied. */
  prepare(items: readonly CopyItem[]): Promise<void>;
  /** Notes that the destination has the blobs of an item. */
  arrived(items: readonly CopyItem[]): Promise<void>;
}

/** How many repositories that may have lost a blob are tried. */
const mostTries = 2;

export function blobMounts({ namespace }: Destination, record: BlobRecord, mount: RegistryClient['mount']): Mounts {
  const mountOne = async (repository: string, blob: Digest): Promise<void> => {
    const known = record.repositories(blob);
    if (known.includes(repository)) return;
    for (const from of known.slice(0, mostTries)) {
      const mounted = await attempt(() => mount(repository, blob, from));
      if (mounted.ok && mounted.value) return record.add(repository, [blob]);
    }
  };
  return {
    async prepare(items) {
      const wanted = new Map(
        items.flatMap(({ image, blobs }) => {
          const repository = repositoryPath(namespace, image);
          return blobs.map(({ digest }) => [`${repository} ${digest}`, { repository, digest }] as const);
        }),
      );
      await Promise.all([...wanted.values()].map(({ repository, digest }) => mountOne(repository, digest)));
    },
    async arrived(items) {
      for (const { image, blobs } of items) {
        await record.add(
          repositoryPath(namespace, image),
          blobs.map(({ digest }) => digest),
        );
      }
    },
  };
}
