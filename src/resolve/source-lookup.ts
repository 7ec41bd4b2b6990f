import { repositoryPath } from '../core/repository-path.ts';
import type { RegistryClient } from '../registry/types.ts';
import type { DigestLookup } from './types.ts';

/** Asks a registry by HEAD below `namespace`: nothing is counted as a pull, and a 404 is a group not yet published. */
export function sourceLookup(client: RegistryClient, namespace: string): DigestLookup {
  return async (image, tag) => {
    const head = await client.head(repositoryPath(namespace, image), tag);
    return head?.digest;
  };
}
