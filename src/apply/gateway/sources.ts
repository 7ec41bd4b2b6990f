import type { Digest, ImageName } from '../../core/names.ts';
import { UserError } from '../../core/problem.ts';
import { RegistryError } from '../../registry/errors.ts';
import type { Manifest } from '../../registry/types.ts';
import { type ManifestStore, noStore } from '../budget/manifest-store.ts';
import { type PlaceReport, type PullAllowance, type SourceManifests, unlimitedPulls } from '../types.ts';
import { manifestCache } from './manifest-cache.ts';
import { type PlaceInUse, placeInUse, type SourcePlace } from './place.ts';
import { waitingAboveLimit } from './pull-gate.ts';
import { type ReadTogether, readAlone } from './shared-manifests.ts';

/** The source and its alternates, as one run asks them. */
export interface Sources {
  /** Each distinct manifest is asked once. */
  readonly manifests: SourceManifests;
  /** In the order in which they are asked, the source last, those that were dropped left out. */
  places(): readonly PlaceInUse[];
  reports(): readonly PlaceReport[];
}

/** What a destination has for itself, and with the others of its run. */
export interface Neighbours {
  /** Other destinations in its registry: they are asked before all, and not for the others of the run. */
  readonly peers?: readonly SourcePlace[];
  /** How alternates and source are asked for manifests. */
  readonly together?: ReadTogether;
}

/** Room for the manifests of some thousand images. */
const mostManifestBytes = 32 * 1024 * 1024;

/**
 * Opens the places that a run reads from: the alternates are asked first, in their order and by digest only. One that
 * lacks something or fails is passed over; one that lies, or fails over and over, is dropped for the run. What the source
 * says last is the answer, its refusals too.
 *
 * @param allowance told when the source refuses a pull above its limit
 * @param store has manifests that earlier runs have pulled, and keeps those of this one
 */
export function openSources(
  source: SourcePlace,
  alternates: readonly SourcePlace[],
  allowance: PullAllowance = unlimitedPulls,
  store: ManifestStore = noStore,
  { peers = [], together = readAlone }: Neighbours = {},
): Sources {
  const near = peers.map((place) => placeInUse(place, false));
  const shared = [...alternates.map((place) => placeInUse(place, false)), placeInUse(source, true)];
  const all = [...near, ...shared];
  const places = () => inUse(all);
  const read = waitingAboveLimit((image, digest) => readManifest(inUse(shared), image, digest), allowance);
  const orKept = async (digest: Digest, readNew: () => Promise<Manifest | undefined>) => {
    const kept = await store.read(digest);
    if (kept !== undefined) return kept;
    const manifest = await readNew();
    if (manifest !== undefined) await store.write(manifest);
    return manifest;
  };
  const get = manifestCache(mostManifestBytes, async (image, digest) => {
    const nearby = near.length === 0 ? undefined : await orKept(digest, () => readManifest(inUse(near), image, digest));
    return nearby ?? together(digest, () => orKept(digest, () => read(image, digest)));
  });
  return {
    manifests: {
      get,
      async hasPullLimit(image, digest) {
        const last = all.at(-1);
        await last?.client.head(last.repository(image), digest);
        return last?.client.pullLimit !== undefined;
      },
    },
    places,
    reports: () => all.map((place) => place.report()),
  };
}

function inUse(places: readonly PlaceInUse[]): PlaceInUse[] {
  return places.filter((place) => !place.isDropped());
}

async function readManifest(
  places: readonly PlaceInUse[],
  image: ImageName,
  digest: Digest,
): Promise<Manifest | undefined> {
  for (const place of places) {
    const manifest = await orBlame(place, () => place.client.get(place.repository(image), digest));
    if (manifest === undefined) continue;
    place.worked();
    place.gaveManifest();
    return manifest;
  }
  return undefined;
}

/**
 * Asks one place. What an alternate fails in is put to its account, and is no answer.
 *
 * @throws what the source fails in; an interrupt
 */
export async function orBlame<Answer>(
  place: PlaceInUse,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    const problem = error instanceof UserError ? error.problems[0] : undefined;
    if (place.isSource || problem === undefined) throw error;
    if (error instanceof RegistryError && error.kind === 'digest-mismatch') place.lied(problem);
    else place.failed(problem);
    return undefined;
  }
}
