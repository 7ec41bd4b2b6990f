import type { DestinationManifests, SourceManifests } from '../apply/types.ts';
import type { RegistryNamespace } from '../config/types.ts';
import { UserError } from '../core/problem.ts';
import { repositoryPath } from '../core/repository-path.ts';
import type { RegistryClient } from '../registry/types.ts';

interface Place {
  readonly place: RegistryNamespace;
  readonly client: RegistryClient;
}

/**
 * Manifests by digest: the alternates are asked first, in order, and the source itself last. An alternate that lacks
 * the digest or fails in any way is passed over, since by digest they can only hold the same bytes.
 */
export function sourceManifests(source: Place, alternates: readonly Place[]): SourceManifests {
  const inOrder = async <Answer>(ask: (place: Place) => Promise<Answer | undefined>): Promise<Answer | undefined> => {
    for (const alternate of alternates) {
      const answer = await ask(alternate).catch(passOver);
      if (answer !== undefined) return answer;
    }
    return ask(source);
  };
  const path = ({ place }: Place, image: string) => repositoryPath(place.namespace, image);
  return {
    head: (image, digest) => inOrder((place) => place.client.head(path(place, image), digest)),
    get: (image, digest) => inOrder((place) => place.client.get(path(place, image), digest)),
    async hasPullLimit(image, digest) {
      await source.client.head(path(source, image), digest);
      return source.client.pullLimit !== undefined;
    },
  };
}

/** Manifests of a destination below its namespace. */
export function destinationManifests(client: RegistryClient, namespace: string): DestinationManifests {
  return {
    head: (image, reference) => client.head(repositoryPath(namespace, image), reference),
    get: (image, digest) => client.get(repositoryPath(namespace, image), digest),
    put: (image, tag, manifest) => client.put(repositoryPath(namespace, image), tag, manifest),
  };
}

function passOver(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}
