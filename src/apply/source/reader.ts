import { LRUCache } from 'lru-cache';
import type { Digest, ImageName } from '../../core/names.ts';
import type { Manifest } from '../../registry/types.ts';
import { type PlaceReport, type PullAllowance, type SourceManifests, unlimitedPulls } from '../types.ts';
import { type ManifestStore, noStore } from './disk-store.ts';
import { waitingAboveLimit } from './pull-gate.ts';
import {
  type ReachableRegistry,
  recordingFailure,
  type UpstreamRegistry,
  upstreamRegistry,
} from './upstream-registries.ts';

/** The source and its alternates, as one run asks them. */
export interface Sources {
  /** Each distinct manifest is asked once. */
  readonly manifests: SourceManifests;
  /** Whether an alternate or the source has a digest of an image: it gave it in this run, or says so by HEAD. */
  knows(image: ImageName, digest: Digest): Promise<boolean>;
  /** In the order in which they are asked, the source last, those that were dropped left out. */
  places(): readonly UpstreamRegistry[];
  reports(): readonly PlaceReport[];
}

/** What a destination has for itself, and with the others of its run. */
interface ReaderOptions {
  /** Has manifests that earlier runs have pulled, and keeps those of this one. */
  readonly store?: ManifestStore;
  /** Other destinations in its registry: they are asked before all, and not for the others of the run. */
  readonly peers?: readonly ReachableRegistry[];
  /** What all destinations of a run have read. */
  readonly memory?: ManifestMemory;
}

/** Room for the manifests of some thousand images. */
const mostManifestBytes = 32 * 1024 * 1024;

/**
 * Opens the places that a run reads from. A manifest comes from memory, else from the store on disk, else from the
 * alternates, in their order and by digest only, else from the source. An alternate that lacks something or fails is passed
 * over; one that sends wrong bytes, or fails over and over, is dropped for the run. What the source says last is the
 * answer, its refusals too.
 *
 * @param allowance told when the source refuses a pull above its limit
 */
export function openSources(
  source: ReachableRegistry,
  alternates: readonly ReachableRegistry[],
  allowance: PullAllowance = unlimitedPulls,
  { store = noStore, peers = [], memory = manifestMemory(mostManifestBytes) }: ReaderOptions = {},
): Sources {
  const near = peers.map((place) => upstreamRegistry(place, false));
  const own = upstreamRegistry(source, true);
  const shared = [...alternates.map((place) => upstreamRegistry(place, false)), own];
  const all = [...near, ...shared];
  const readShared = async (image: ImageName, digest: Digest) => {
    const manifest = await readManifest(inUse(shared), image, digest);
    if (manifest !== undefined) memory.known.add(`${image}@${digest}`);
    return manifest;
  };
  const read = waitingAboveLimit(readShared, allowance);

  const fromStore = async (digest: Digest, readNew: () => Promise<Manifest | undefined>) => {
    const kept = await store.read(digest);
    if (kept !== undefined) return kept;
    const manifest = await readNew();
    if (manifest !== undefined) await store.write(manifest);
    return manifest;
  };
  return {
    manifests: {
      async get(image, digest) {
        const nearby = near.length === 0 ? undefined : await readManifest(inUse(near), image, digest);
        return nearby ?? memory.get(digest, () => fromStore(digest, () => read(image, digest)));
      },
      async hasPullLimit(image, digest) {
        await own.client.head(own.repository(image), digest);
        return own.client.pullLimit !== undefined;
      },
    },
    async knows(image, digest) {
      const key = `${image}@${digest}`;
      for (const place of inUse(shared)) {
        if (memory.known.has(key)) return true;
        const head = await recordingFailure(place, () => place.client.head(place.repository(image), digest));
        if (head?.digest === digest) memory.known.add(key);
      }
      return memory.known.has(key);
    },
    places: () => inUse(all),
    reports: () => all.map((place) => place.report()),
  };
}

function inUse(places: readonly UpstreamRegistry[]): UpstreamRegistry[] {
  return places.filter((place) => !place.isDropped());
}

async function readManifest(
  places: readonly UpstreamRegistry[],
  image: ImageName,
  digest: Digest,
): Promise<Manifest | undefined> {
  for (const place of places) {
    const manifest = await recordingFailure(place, () => place.client.get(place.repository(image), digest));
    if (manifest === undefined) continue;
    place.worked();
    place.gaveManifest();
    return manifest;
  }
  return undefined;
}

/** Manifests that a run has read, for all of its destinations. */
export interface ManifestMemory {
  /** `image@digest` of what the source or an alternate has been seen to have. */
  readonly known: Set<string>;
  /**
   * A manifest that is kept, else what `read` gives. Whoever asks while it is read waits for that; where it fails, the
   * other reads for itself, since its pulls and places may be others.
   */
  get(digest: Digest, read: () => Promise<Manifest | undefined>): Promise<Manifest | undefined>;
}

/** Besides its bytes, what a manifest takes in memory. */
const overhead = 512;

/** Keeps what was last used, so many bytes of it. Absence and failures are not kept. */
export function manifestMemory(mostBytes: number): ManifestMemory {
  const cache = new LRUCache<Digest, Manifest, () => Promise<Manifest | undefined>>({
    maxSize: mostBytes,
    sizeCalculation: ({ bytes }) => bytes.byteLength + overhead,
    fetchMethod: (_digest, _old, { context }) => context(),
    // What others push out while it is read is still what was asked for.
    ignoreFetchAbort: true,
  });
  return {
    known: new Set(),
    async get(digest, read) {
      for (;;) {
        let isOwn = false;
        const context = () => {
          isOwn = true;
          return read();
        };
        try {
          return await cache.fetch(digest, { context });
        } catch (error) {
          if (isOwn) throw error;
        }
      }
    },
  };
}
