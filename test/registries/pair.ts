import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { RegistryKind } from './kinds.ts';
import { type PairWorld, pairWorld } from './world.ts';

/** What became of a step: `ok`, a word or two where something is counted, or what went wrong. */
export interface StepResult {
  readonly step: string;
  readonly ok: boolean;
  readonly said: string;
}

const images = ['alpine', 'busybox', 'sibling'];

/** The steps of a mirror's life, each gives what it counted; a step that throws does not stop those after it. */
const steps: Readonly<Record<string, (world: PairWorld) => Promise<string>>> = {
  async lock(world) {
    await world.publish();
    await world.run(['lock']);
    await world.merge(60);
    return '';
  },
  async plan(world) {
    world.source.reset();
    const planned = await world.run(['plan', '--destination', 'main']);
    expectThat(world.source.counts().manifestGet === 0, 'plan pulled something');
    return `${planned.counts?.copy ?? ''}`;
  },
  async apply(world) {
    forget(world);
    await world.run(['apply', '--destination', 'main']);
    await expectLocked(world, 'main');
    const { manifestGet, distinctManifestsGot } = world.source.counts();
    expectThat(manifestGet === distinctManifestsGot, `${manifestGet} pulls of ${distinctManifestsGot} manifests`);
    return `${manifestGet} pulls, ${world.destination.counts().requests} requests`;
  },
  async verify(world) {
    await world.run(['verify', '--destination', 'main']);
    return '';
  },
  async unchanged(world) {
    forget(world);
    await world.run(['apply', '--destination', 'main']);
    const pulls = world.source.counts().manifestGet;
    const writes = world.destination.seen().filter(({ method }) => method !== 'HEAD' && method !== 'GET').length;
    expectThat(pulls === 0 && writes === 0, `${pulls} pulls, ${writes} writes`);
    return `${world.destination.counts().requests} requests`;
  },
  async 'a day later'(world) {
    await world.publish(['busybox']);
    await world.run(['lock']);
    await world.merge(50);
    forget(world);
    await world.run(['apply', '--destination', 'main']);
    await expectLocked(world, 'main');
    return `${world.source.counts().manifestGet} pulls, ${world.destination.counts().requests} requests`;
  },
  async mounts(world) {
    // A second namespace of the same registry: whatever it needs is there already.
    forget(world);
    await world.run(['apply', '--destination', 'main', 'second']);
    await expectLocked(world, 'second');
    const { blobGet } = world.source.counts();
    expectThat(blobGet === 0, `${blobGet} blobs came from the source again`);
    const { mounted, mountRefused } = world.destination.counts();
    return mounted > 0 ? `${mounted} mounted` : `${mountRefused} refused`;
  },
  async prune(world) {
    const text = world.upstream.read('alpine');
    world.upstream.write('alpine', text.slice(0, text.indexOf('\nTags: 3.23.5')));
    await world.upstream.commit('Drop 3.23');
    await world.run(['lock']);
    await world.merge(40);
    await world.run(['prune', '--destination', 'main', 'second']);
    await expectLocked(world, 'main');
    return '';
  },
  async 'export, import'(world) {
    const [fromSource, fromMain] = [join(world.home, 'export-1'), join(world.home, 'export-2')];
    await world.run(['export', fromSource]);
    await world.run(['export', fromMain, '--from', 'main']);
    await world.run(['import', fromSource, '--destination', 'second']);
    await expectLocked(world, 'second');
    return '';
  },
  async 'verify --extra'(world) {
    await world.run(['verify', '--extra']);
    return '';
  },
};

export const stepNames = Object.keys(steps);

/** Leads a mirror through its life, from one kind of registry to another. */
export async function runPair(source: RegistryKind, destination: RegistryKind): Promise<StepResult[]> {
  const world = await pairWorld(source, destination);
  const results: StepResult[] = [];
  for (const [step, work] of Object.entries(steps)) {
    try {
      results.push({ step, ok: true, said: await work(world) });
    } catch (error) {
      results.push({ step, ok: false, said: error instanceof Error ? error.message : String(error) });
    }
  }
  return results;
}

function forget({ source, destination }: PairWorld): void {
  source.reset();
  destination.reset();
}

async function expectLocked(world: PairWorld, namespace: string): Promise<void> {
  const [locked, there] = [await world.locked(), await world.tagsAt(namespace, images)];
  expectThat(
    isDeepStrictEqual(sorted(locked), sorted(there)),
    `${namespace} has ${there.size} tags, ${locked.size} are locked`,
  );
}

const sorted = (map: ReadonlyMap<string, string>) => [...map].sort(([one], [other]) => (one < other ? -1 : 1));

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
