import { ensureBlobs } from '../../src/apply/blobs/ensure.ts';
import { openBlobRecord } from '../../src/apply/blobs/index.ts';
import { transferQueue } from '../../src/apply/blobs/queue.ts';
import { directEngine } from '../../src/apply/engine.ts';
import { destinationManifests, newRepositories, registryReceiver } from '../../src/apply/registry-receiver.ts';
import { openSources, type Sources } from '../../src/apply/source/reader.ts';
import { ownRepositories, type ReachableRegistry } from '../../src/apply/source/upstream-registries.ts';
import type { Destination, RegistryNamespace, Source } from '../../src/config/types.ts';
import type { Digest, ImageName } from '../../src/core/names.ts';
import type { Problem } from '../../src/core/problem.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { RegistryClientOptions } from '../../src/registry/options.ts';
import type { RegistryClient } from '../../src/registry/types.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

export function sourceAt(host: string, alternates: readonly string[] = [], insecure = true): Source {
  const place = (one: string): RegistryNamespace => ({ registry: { host: one, insecure }, namespace: 'library' });
  return { ...place(host), alternates: alternates.map(place) };
}

export function destinationAt(host: string): Destination {
  return { name: 'main', registry: { host, insecure: true }, namespace: 'mirror' };
}

interface OpenSources extends Sources {
  close(): Promise<void>;
}

/** A client that gives up at once. */
function openImpatient(place: RegistryNamespace, options: Partial<RegistryClientOptions>): RegistryClient {
  const homeDirectory = temporaryDirectory().path;
  return createRegistryClient(place.registry, { env: {}, homeDirectory, retry: { tries: 1 }, ...options });
}

/** The places of a source with clients that give up at once. */
export function sourcesAt(source: Source, options: Partial<RegistryClientOptions> = {}): OpenSources {
  const clients: RegistryClient[] = [];
  const open = (place: RegistryNamespace): ReachableRegistry => {
    const client = openImpatient(place, options);
    clients.push(client);
    return { place, client };
  };
  return {
    ...openSources(open(source), source.alternates.map(open)),
    async close() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

export interface Copying {
  copy(image: ImageName, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, Problem>>;
  readonly sources: Sources;
  /** The client for the destination. */
  readonly client: RegistryClient;
}

export interface CopyingOptions extends Partial<RegistryClientOptions> {
  /** Transfers side by side. */
  readonly jobs?: number;
}

/** Copies by the direct engine, between clients that give up at once. */
export async function copying<Result>(
  [source, destination]: readonly [Source, Destination],
  work: (copying: Copying) => Promise<Result>,
  { jobs = 4, ...options }: CopyingOptions = {},
): Promise<Result> {
  const sources = sourcesAt(source, options);
  const client = openImpatient(destination, options);
  const reading = openImpatient(destination, options);
  const { namespace } = destination;
  const record = await openBlobRecord(undefined);
  const isNew = newRepositories(client, namespace, record, new Set());
  const ensureBlob = ensureBlobs({
    ...{ client, namespace, record, isNew, places: sources.places, queue: transferQueue(jobs) },
    own: ownRepositories({ place: destination, client: reading }),
  });
  const manifests = destinationManifests(client, namespace);
  const receiver = registryReceiver({ client, namespace, ensureBlob, record, manifests });
  const engine = directEngine({ source: sources.manifests, receiver });
  try {
    return await work({ copy: engine.copy, sources, client });
  } finally {
    await engine.close();
    await Promise.all([client.close(), reading.close(), sources.close()]);
  }
}
