import { blobsOf } from '../../src/apply/contents.ts';
import { openGateway } from '../../src/apply/gateway/gateway.ts';
import type { SourcePlace } from '../../src/apply/gateway/place.ts';
import { openSources, type Sources } from '../../src/apply/gateway/sources.ts';
import { openBlobRecord } from '../../src/apply/skopeo/blob-record.ts';
import { createSkopeoCopier, type SkopeoOptions } from '../../src/apply/skopeo/copier.ts';
import { blobMounts } from '../../src/apply/skopeo/mounts.ts';
import type { CopyItem, CopyResult } from '../../src/apply/types.ts';
import type { Destination, RegistryNamespace, Source } from '../../src/config/types.ts';
import { type Digest, parseImageName } from '../../src/core/names.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { RegistryClientOptions } from '../../src/registry/options.ts';
import type { RegistryClient } from '../../src/registry/types.ts';
import type { BuiltRepository } from '../support/images/types.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

export function sourceAt(host: string, alternates: readonly string[] = [], insecure = true): Source {
  const place = (one: string): RegistryNamespace => ({ registry: { host: one, insecure }, namespace: 'library' });
  return { ...place(host), alternates: alternates.map(place) };
}

export function destinationAt(host: string): Destination {
  return { name: 'main', registry: { host, insecure: true }, namespace: 'mirror' };
}

/** A manifest of a built image (`library/NAME`) as an item to copy. */
export function itemOf(built: BuiltRepository, digest: Digest): CopyItem {
  const manifest = built.manifests.get(digest);
  if (manifest === undefined) throw new Error(`${digest} was not built`);
  const image = parseImageName(built.repository.replace('library/', ''));
  return { image, digest, manifests: [digest], blobs: blobsOf(manifest) };
}

export interface OpenSources extends Sources {
  close(): Promise<void>;
}

/** The places of a source with clients that give up at once. */
export function sourcesAt(source: Source, options: Partial<RegistryClientOptions> = {}): OpenSources {
  const homeDirectory = temporaryDirectory().path;
  const clients: RegistryClient[] = [];
  const open = (place: RegistryNamespace): SourcePlace => {
    const client = createRegistryClient(place.registry, { env: {}, homeDirectory, retry: { tries: 1 }, ...options });
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
  copy(items: readonly CopyItem[]): Promise<CopyResult>;
  readonly sources: Sources;
}

/** Copies by real skopeo, which reads the source through a gateway. */
export async function copying<Result>(
  [source, destination]: readonly [Source, Destination],
  work: (copying: Copying) => Promise<Result>,
  { client, ...options }: Partial<SkopeoOptions> & { client?: Partial<RegistryClientOptions> } = {},
): Promise<Result> {
  const { signal = new AbortController().signal } = options;
  const home = temporaryDirectory().path;
  const env = { PATH: process.env['PATH'], HOME: home };
  const sources = sourcesAt(source, { signal, ...client });
  const gateway = await openGateway(sources, signal);
  const mounts = blobMounts(destination, await openBlobRecord(undefined), async () => false);
  const copier = await createSkopeoCopier(gateway, destination, {
    ...{ program: 'skopeo', jobs: 2, env, signal, mounts },
    source: { host: source.registry.host, namespace: source.namespace },
    ...options,
  });
  try {
    return await work({ copy: copier.copy, sources });
  } finally {
    await copier.close();
    await gateway.close();
    await sources.close();
  }
}
