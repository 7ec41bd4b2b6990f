import { setTimeout } from 'node:timers/promises';
import { type AnswerHook, startCountingProxy } from '../../test/support/counting-proxy.ts';
import { type Hub, startHub } from '../../test/support/hub/hub.ts';
import { writeRegistryStorage } from '../../test/support/images/storage.ts';
import type { BuiltRepository } from '../../test/support/images/types.ts';
import { miniature } from '../../test/support/miniature/miniature.ts';
import { startRegistry } from '../../test/support/registry.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { skopeoSyncByTag, type TagsByRepository } from '../lib/skopeo-way.ts';
import type { RealLibrary } from './library.ts';
import { findRegsync, regsync } from './regsync.ts';
import { makeMirror } from './tool.ts';
import { type Cost, costOf } from './traffic.ts';

/** Images of which most changed on the last day of the real data, and some did not. */
const allImages = ['alpine', 'clickhouse', 'crate', 'espocrm', 'haproxy', 'influxdb', 'redis'];
const quickImages = ['alpine', 'redis'];
export const sliceRuns = ['first', 'unchanged', 'a day later'] as const;

/** How long the source and the destination take to answer, more than on the loopback (ms). */
export interface Distance {
  readonly sourceMs: number;
  readonly destinationMs: number;
  /** What mirrorlock's time may be over regsync's. */
  readonly mostOfRegsync: Readonly<Record<SliceRun, number>>;
}

/** On the loopback all is computing; and as far as a registry in the same country and one in the same city may be. */
export const distances: readonly Distance[] = [
  { sourceMs: 0, destinationMs: 0, mostOfRegsync: { first: 0.85, unchanged: 1, 'a day later': 0.9 } },
  { sourceMs: 30, destinationMs: 10, mostOfRegsync: { first: 0.36, unchanged: 0.5, 'a day later': 0.36 } },
];

export type SliceRun = (typeof sliceRuns)[number];

export interface SliceCost extends Cost {
  readonly way: string;
  readonly run: SliceRun;
  readonly distance: Distance;
}

export interface SliceResult {
  readonly images: readonly string[];
  readonly costs: readonly SliceCost[];
  /** Why a way was left out. */
  readonly skipped: readonly string[];
}

const skopeoName = 'skopeo sync by tag';
export const regsyncName = 'regsync once';

/** A way to mirror: told the day, it brings the destination up to it. */
type Way = (source: Hub, destination: string) => (day: Day) => Promise<undefined>;

interface Day {
  readonly commit: string;
  readonly tags: TagsByRepository;
}

/** The same part of the library, mirrored by each way: as it stood a day before the tip, again, and at the tip. */
export async function compareSlice(whole: RealLibrary, quick: boolean): Promise<SliceResult> {
  const images = quick ? quickImages : allImages;
  const library = partOf(whole, images);
  const program = await findRegsync();
  const ways: [string, Way][] = [
    ['mirrorlock lock, apply', mirrorlockWay(library)],
    [skopeoName, skopeoWay],
  ];
  if ('program' in program) ways.push([regsyncName, regsyncWay(program.program)]);
  const costs: SliceCost[] = [];
  for (const distance of distances) {
    for (const [way, mirror] of ways) {
      // One request after another, hundreds of times: at a distance it takes half an hour, and shows nothing new.
      if (way === skopeoName && distance.sourceMs > 0) continue;
      const runs = await runsOf(library, mirror, distance);
      costs.push(...runs.map((cost) => ({ ...cost, way, distance })));
    }
  }
  return { images, costs, skipped: 'absent' in program ? [`regsync: skipped, ${program.absent}.`] : [] };
}

interface Part extends RealLibrary {
  readonly images: readonly string[];
}

function partOf(library: RealLibrary, images: readonly string[]): Part {
  const at: RealLibrary['at'] = async (commit) =>
    new Map([...(await library.at(commit))].filter(([name]) => images.includes(name)));
  return { ...library, images, at };
}

/** Each way has a source and a destination of its own. */
async function runsOf(
  library: Part,
  way: Way,
  { sourceMs, destinationMs }: Distance,
): Promise<Omit<SliceCost, 'way' | 'distance'>[]> {
  const [registry, target] = await Promise.all([startRegistry(), startRegistry()]);
  const source = await startHub(registry.host, { anonymous: {} });
  const destination = await startCountingProxy(target.host);
  source.respond(after(sourceMs));
  destination.respond(after(destinationMs));
  const bring = way(source, destination.host);
  const [before, tip] = library.days;
  const costs: Omit<SliceCost, 'way' | 'distance'>[] = [];
  for (const [run, commit] of [
    ['first', before],
    ['unchanged', before],
    ['a day later', tip],
  ] as const) {
    const day = { commit, tags: tagsOf(await publish(library, commit, registry.storage)) };
    costs.push({ run, ...(await costOf(source, destination, () => bring(day))) });
  }
  await Promise.all([source.stop(), destination.stop()]);
  await Promise.all([registry.stop(), target.stop()]);
  return costs;
}

/** Lets each request through, some time later. */
function after(ms: number): AnswerHook | undefined {
  return ms === 0 ? undefined : () => setTimeout(ms, undefined);
}

async function publish(library: RealLibrary, commit: string, storage: string): Promise<BuiltRepository[]> {
  const built = [...(await library.at(commit))].map(([name, text]) => miniature(name, text));
  writeRegistryStorage(storage, built);
  return built;
}

function tagsOf(built: readonly BuiltRepository[]): TagsByRepository {
  return new Map(built.map(({ repository, tags }) => [repository, [...tags.keys()]]));
}

function mirrorlockWay(library: Part): Way {
  return (source, destination) => {
    const mirror = makeMirror({ upstream: library.path, source: source.host, destination, images: library.images });
    return async ({ commit }) => {
      await mirror.run('lock', '--ref', commit);
      await mirror.run('apply');
      return undefined;
    };
  };
}

const skopeoWay: Way = (source, destination) => {
  const folder = temporaryDirectory().path;
  return async ({ tags }) => {
    await skopeoSyncByTag(source.host, `${destination}/library`, tags, folder);
    return undefined;
  };
};

function regsyncWay(program: string): Way {
  return (source, destination) =>
    async ({ tags }) => {
      await regsync(program, source.host, destination, tags);
      return undefined;
    };
}
