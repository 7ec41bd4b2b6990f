import type { DestinationManifests } from '../apply/types.ts';
import { repositoryPath } from '../core/repository-path.ts';
import type { RegistryClient } from '../registry/types.ts';

/** Manifests of a destination below its namespace. */
export function destinationManifests(client: RegistryClient, namespace: string): DestinationManifests {
  return {
    head: (image, reference) => client.head(repositoryPath(namespace, image), reference),
    get: (image, digest) => client.get(repositoryPath(namespace, image), digest),
    put: (image, tag, manifest) => client.put(repositoryPath(namespace, image), tag, manifest),
  };
}
