import { join } from 'node:path';
import { type ManifestStore, noStore } from '../apply/budget/manifest-store.ts';
import { atDestination } from '../apply/gateway/elsewhere.ts';
import { openGateway } from '../apply/gateway/gateway.ts';
import { pullGate } from '../apply/gateway/pull-gate.ts';
import type { ReadTogether } from '../apply/gateway/shared-manifests.ts';
import { openSources, type Sources } from '../apply/gateway/sources.ts';
import { openBlobRecord } from '../apply/skopeo/blob-record.ts';
import { createSkopeoCopier } from '../apply/skopeo/copier.ts';
import { blobMounts } from '../apply/skopeo/mounts.ts';
import type { Copier, PlaceReport, PullAllowance } from '../apply/types.ts';
import type { Alternate, Destination, Source } from '../config/types.ts';
import type { RegistryClient } from '../registry/types.ts';
import { openAlternate, openCountedClient, openImpatient, type SharedRates } from './clients.ts';
import type { Context } from './context.ts';

/** The source and its alternates with their clients. */
export interface OpenSources extends Sources {
  /** The client for the source itself. */
  readonly client: RegistryClient;
  close(): Promise<void>;
}

export interface SourcesOptions {
  readonly store?: ManifestStore;
  readonly maxWaitMs?: number;
  /** Other destinations of the same registry, which are asked first. */
  readonly peers?: readonly Alternate[];
  /** What destinations that are worked on at once have in common. */
  readonly shared?: { readonly together: ReadTogether; readonly rates: SharedRates };
}

/** Opens the source, whose manifest GETs the allowance has to allow, and the alternates, which fail fast. */
export function openSourcesOf(
  context: Context,
  source: Source,
  pulls: PullAllowance,
  { store = noStore, maxWaitMs, peers: others = [], shared }: SourcesOptions = {},
): OpenSources {
  const client = openCountedClient(context, source, pullGate(pulls), maxWaitMs, shared?.rates);
  const openPlace = (place: Alternate) => ({ place, client: openAlternate(context, place, shared?.rates) });
  const peers = others.map(openPlace);
  const alternates = source.alternates.map(openPlace);
  return {
    ...openSources({ place: source, client }, alternates, pulls, store, {
      peers,
      ...(shared && { together: shared.together }),
    }),
    client,
    async close() {
      await Promise.all([client, ...[...peers, ...alternates].map((other) => other.client)].map((one) => one.close()));
    },
  };
}

/** How copies are made. */
export interface CopyOptions {
  /** How many skopeo processes run at once; a function where that changes. */
  readonly jobs: number | (() => number);
  /** The program to copy with. */
  readonly skopeo: string;
  readonly onItem: (item: string) => void;
}

/**
 * Works with skopeo, which reads the sources through a gateway of its own; ends both however the work ends. `work` is also
 * given what the destination's own repositories gave so far, of what could not be mounted.
 */
export async function withCopier<Result>(
  context: Context,
  sources: Sources,
  { source, destination }: { source: Source; destination: Destination },
  { jobs, skopeo, onItem }: CopyOptions,
  work: (copier: Copier, again: () => PlaceReport) => Promise<Result>,
): Promise<Result> {
  const { env, signal, debug, cacheDirectory } = context;
  const record = await openBlobRecord(
    join(cacheDirectory, 'blobs', destination.registry.host.replace(/[^\w.-]/g, '_')),
  );
  const client = openImpatient(context, destination);
  const { elsewhere, place } = atDestination({ place: destination, client }, record.repositories);
  const gateway = await openGateway(sources, signal, elsewhere);
  try {
    const copier = await createSkopeoCopier(gateway, destination, {
      ...{ program: skopeo, jobs, env, signal, onItem, onLine: debug },
      source: { host: source.registry.host, namespace: source.namespace },
      mounts: blobMounts(destination, record, client.mount),
    });
    try {
      return await work(copier, place.report);
    } finally {
      await copier.close();
    }
  } finally {
    await gateway.close();
    await client.close();
  }
}
