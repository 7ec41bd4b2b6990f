import { join } from 'node:path';
import { type ManifestStore, noStore } from '../apply/budget/manifest-store.ts';
import { openGateway } from '../apply/gateway/gateway.ts';
import { pullGate } from '../apply/gateway/pull-gate.ts';
import { openSources, type Sources } from '../apply/gateway/sources.ts';
import { openBlobRecord } from '../apply/skopeo/blob-record.ts';
import { createSkopeoCopier } from '../apply/skopeo/copier.ts';
import { blobMounts } from '../apply/skopeo/mounts.ts';
import type { Copier, PullAllowance } from '../apply/types.ts';
import type { Destination, Source } from '../config/types.ts';
import type { RegistryClient } from '../registry/types.ts';
import { openAlternate, openCountedClient, openForMounts } from './clients.ts';
import type { Context } from './context.ts';

/** The source and its alternates with their clients. */
export interface OpenSources extends Sources {
  /** The client for the source itself. */
  readonly client: RegistryClient;
  close(): Promise<void>;
}

/** Opens the source, whose manifest GETs the allowance has to allow, and the alternates, which fail fast. */
export function openSourcesOf(
  context: Context,
  source: Source,
  pulls: PullAllowance,
  { store = noStore, maxWaitMs }: { store?: ManifestStore; maxWaitMs?: number } = {},
): OpenSources {
  const client = openCountedClient(context, source, pullGate(pulls), maxWaitMs);
  const alternates = source.alternates.map((place) => ({ place, client: openAlternate(context, place) }));
  return {
    ...openSources({ place: source, client }, alternates, pulls, store),
    client,
    async close() {
      await Promise.all([client, ...alternates.map((alternate) => alternate.client)].map((one) => one.close()));
    },
  };
}

/** How copies are made. */
export interface CopyOptions {
  /** How many skopeo processes run at once. */
  readonly jobs: number;
  /** The program to copy with. */
  readonly skopeo: string;
  readonly onItem: (item: string) => void;
}

/** Works with skopeo, which reads the sources through a gateway of its own; ends both however the work ends. */
export async function withCopier<Result>(
  context: Context,
  sources: Sources,
  { source, destination }: { source: Source; destination: Destination },
  { jobs, skopeo, onItem }: CopyOptions,
  work: (copier: Copier) => Promise<Result>,
): Promise<Result> {
  const { env, signal, debug, cacheDirectory } = context;
  const client = openForMounts(context, destination);
  const gateway = await openGateway(sources, signal);
  try {
    const record = await openBlobRecord(
      join(cacheDirectory, 'blobs', destination.registry.host.replace(/[^\w.-]/g, '_')),
    );
    const copier = await createSkopeoCopier(gateway, destination, {
      ...{ program: skopeo, jobs, env, signal, onItem, onLine: debug },
      source: { host: source.registry.host, namespace: source.namespace },
      mounts: blobMounts(destination, record, client.mount),
    });
    try {
      return await work(copier);
    } finally {
      await copier.close();
    }
  } finally {
    await gateway.close();
    await client.close();
  }
}
