import { join } from 'node:path';
import { request } from 'undici';
import { oci } from '../../test/support/images/media-types.ts';
import { startRegistry } from '../../test/support/registry.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { makeUpstream } from '../../test/support/upstream.ts';
import { endedChildrenCpuMs } from '../lib/children-cpu.ts';
import { skopeoSyncByTag, type TagsByRepository } from '../lib/skopeo-way.ts';
import { median } from '../lib/verdict.ts';
import { type BulkSet, libraryFileOf, pushBulk, tagsOf } from './bulk-images.ts';
import { findRegsync, regsync } from './regsync.ts';
import { makeMirror } from './tool.ts';

export const bulkSets: readonly BulkSet[] = [
  { repository: 'large', images: 1, layersEach: 10, layerMib: 64 },
  { repository: 'many', images: 30, layersEach: 10, layerMib: 2 },
];
export const quickSets: readonly BulkSet[] = [
  { repository: 'large', images: 1, layersEach: 3, layerMib: 16 },
  { repository: 'many', images: 3, layersEach: 10, layerMib: 1 },
];

export const ways = { ours: 'mirrorlock apply', regsync: 'regsync once', skopeo: 'skopeo sync by tag' } as const;
type WayName = (typeof ways)[keyof typeof ways];

/** How a way brought a set from one registry to another, the middle of some times. */
export interface BulkCost {
  readonly way: WayName;
  readonly set: BulkSet;
  readonly bytes: number;
  readonly ms: number;
  /** Of the tool and what it starts. */
  readonly cpuMs: number;
  /** The most at any time; absent where it is not asked. */
  readonly peakMib?: number;
}

export interface BulkResult {
  readonly costs: readonly BulkCost[];
  /** Why a way was left out. */
  readonly skipped: readonly string[];
}

/** Brings the set of a source to an empty destination. */
type Way = (source: string, destination: string, set: BulkSet) => Promise<Measure>;
type Measure = Pick<BulkCost, 'ms' | 'cpuMs' | 'peakMib'>;

/** Brings each set, made once, by each way in turn, to an empty registry each time, and nothing between them. */
export async function compareBulk(sets: readonly BulkSet[], rounds: number): Promise<BulkResult> {
  const found = await findRegsync();
  const named: [WayName, Way][] = [
    [ways.ours, mirrorlockWay],
    [ways.skopeo, skopeoWay],
  ];
  if ('program' in found) named.push([ways.regsync, regsyncWay(found.program)]);
  const costs: BulkCost[] = [];
  for (const set of sets) {
    const source = await startRegistry();
    const bytes = await pushBulk(source.host, set);
    const measures = named.map(([way, bring]) => ({ way, bring, runs: [] as Measure[] }));
    for (let round = 0; round < rounds; round += 1) {
      for (const { bring, runs } of measures) runs.push(await once(source.host, set, bring));
    }
    costs.push(...measures.map(({ way, runs }) => ({ way, set, bytes, ...middle(runs) })));
    await source.stop();
  }
  return { costs, skipped: 'absent' in found ? [`regsync: skipped, ${found.absent}.`] : [] };
}

async function once(source: string, set: BulkSet, bring: Way): Promise<Measure> {
  const destination = await startRegistry();
  const measure = await bring(source, destination.host, set);
  for (const tag of tagsOf(set)) {
    const url = `http://${destination.host}/v2/library/${set.repository}/manifests/${tag}`;
    const { statusCode } = await request(url, { method: 'HEAD', headers: { accept: oci.index } });
    if (statusCode !== 200) throw new Error(`${url} was not brought: ${statusCode}`);
  }
  await destination.stop();
  return measure;
}

function middle(runs: readonly Measure[]): Measure {
  const peaks = runs.flatMap(({ peakMib }) => peakMib ?? []);
  return {
    ms: median(runs.map(({ ms }) => ms)),
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    ...(peaks.length === 0 ? {} : { peakMib: Math.max(...peaks) }),
  };
}

const mirrorlockWay: Way = async (source, destination, set) => {
  const upstream = await makeUpstream(temporaryDirectory().path, { [set.repository]: libraryFileOf(set) });
  const mirror = makeMirror({ upstream: upstream.path, source, destination });
  await mirror.run('lock');
  const before = endedChildrenCpuMs();
  const { ms, peakMib } = await mirror.run('apply');
  return { ms, peakMib, cpuMs: endedChildrenCpuMs() - before };
};

const skopeoWay: Way = (source, destination, set) => {
  const folder = temporaryDirectory().path;
  return measured(() => skopeoSyncByTag(source, join(destination, 'library'), tagsByRepository(set), folder));
};

function regsyncWay(program: string): Way {
  return (source, destination, set) => measured(() => regsync(program, source, destination, tagsByRepository(set)));
}

async function measured(work: () => Promise<void>): Promise<Measure> {
  const [start, before] = [performance.now(), endedChildrenCpuMs()];
  await work();
  return { ms: performance.now() - start, cpuMs: endedChildrenCpuMs() - before };
}

function tagsByRepository(set: BulkSet): TagsByRepository {
  return new Map([[`library/${set.repository}`, tagsOf(set)]]);
}
