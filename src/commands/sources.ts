import { type ManifestStore, noStore } from '../apply/source/disk-store.ts';
import type { ManifestMemory } from '../apply/source/memory.ts';
import { pullGate } from '../apply/source/pull-gate.ts';
import { openSources, type Sources } from '../apply/source/reader.ts';
import type { PullAllowance } from '../apply/types.ts';
import type { Alternate, Source } from '../config/types.ts';
import type { RegistryClient } from '../registry/types.ts';
import { openAlternate, openCountedClient, type SharedRates } from './clients.ts';
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
  readonly shared?: { readonly memory: ManifestMemory; readonly rates: SharedRates };
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
    ...openSources({ place: source, client }, alternates, pulls, {
      store,
      peers,
      ...(shared && { memory: shared.memory }),
    }),
    client,
    async close() {
      await Promise.all([client, ...[...peers, ...alternates].map((other) => other.client)].map((one) => one.close()));
    },
  };
}
