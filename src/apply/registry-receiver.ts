import { attempt } from '../core/attempt.ts';
import { type ImageName, repositoryPath } from '../core/names.ts';
import type { RegistryClient } from '../registry/types.ts';
import type { BlobPorts, EnsureBlob } from './blobs/ensure.ts';
import type { BlobRecord } from './blobs/index.ts';
import type { Receiver } from './engine.ts';
import type { DestinationManifests } from './types.ts';

/** Manifests of a destination below its namespace. */
export function destinationManifests(
  client: Pick<RegistryClient, 'head' | 'get' | 'put'>,
  namespace: string,
): DestinationManifests {
  const pathOf = (image: ImageName) => repositoryPath(namespace, image);
  return {
    head: (image, reference) => client.head(pathOf(image), reference),
    get: (image, digest) => client.get(pathOf(image), digest),
    put: (image, tag, manifest) => client.put(pathOf(image), tag, manifest),
    async hasWhole(image, { digest, size }) {
      const head = await client.head(pathOf(image), digest);
      if (head === undefined || (head.size ?? size) === size) return head !== undefined;
      // Some say no true length to a HEAD: what it really has decides.
      const read = await attempt(() => client.get(pathOf(image), digest));
      if (!read.ok && read.code !== 'registry/digest-mismatch') throw read.error;
      return read.ok && read.value?.bytes.byteLength === size;
    },
  };
}

export interface RegistryReceiverOptions {
  readonly client: Pick<RegistryClient, 'put'>;
  readonly namespace: string;
  readonly ensureBlob: EnsureBlob;
  readonly record: BlobRecord;
  readonly manifests: DestinationManifests;
}

/** The repositories of a destination, as what manifests and blobs are brought to. */
export function registryReceiver(options: RegistryReceiverOptions): Receiver {
  const { client, namespace, ensureBlob, record, manifests } = options;
  return {
    ensureBlob,
    has: async (image, digest) => (await manifests.head(image, digest)) !== undefined,
    putManifest: (image, manifest) => client.put(repositoryPath(namespace, image), manifest.digest, manifest),
    doubt: (image, blobs) =>
      record.forget(
        repositoryPath(namespace, image),
        blobs.map(({ digest }) => digest),
      ),
  };
}

/**
 * Says which images have no repository at a destination: it is asked for the tags of those of which a look saw nothing, once
 * each. A destination that does not list tags is believed to have them. Some answer 404 for a repository that has content and
 * no tag yet, as a run leaves it that was cut off: one that a run has begun to fill is not new, and what the record knows there
 * is asked for. In a new one, manifests are asked for all the same, and the upload of a blob begins as a mount from itself.
 *
 * @param seenNothing images of which neither a tag nor a digest was there
 */
export function newRepositories(
  client: Pick<RegistryClient, 'listTags' | 'headBlob'>,
  namespace: string,
  record: BlobRecord,
  seenNothing: ReadonlySet<ImageName>,
): BlobPorts['isNew'] {
  const asked = new Map<ImageName, Promise<boolean>>();
  const ask = async (repository: string): Promise<boolean> => {
    const listed = await attempt(() => client.listTags(repository));
    if (!listed.ok || listed.value !== undefined) return false;
    const known = record.someBlob(repository);
    const there = known === undefined ? undefined : await attempt(() => client.headBlob(repository, known));
    if (there !== undefined && (!there.ok || there.value !== undefined)) return false;
    await record.forget(repository);
    return !record.isBegun(repository);
  };
  return async (image) => {
    if (!seenNothing.has(image)) return false;
    const known = asked.get(image) ?? ask(repositoryPath(namespace, image));
    asked.set(image, known);
    return known;
  };
}
