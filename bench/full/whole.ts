import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startCountingProxy } from '../../test/support/counting-proxy.ts';
import { startHub } from '../../test/support/hub/hub.ts';
import { writeRegistryStorage } from '../../test/support/images/storage.ts';
import type { BuiltRepository } from '../../test/support/images/types.ts';
import { miniature } from '../../test/support/miniature/miniature.ts';
import { startRegistry } from '../../test/support/registry.ts';
import { timed } from '../lib/table.ts';
import { bareHeads, barePuts, bareRetags } from './bare-client.ts';
import { commandBefore } from './before.ts';
import type { RealLibrary } from './library.ts';
import { type Mirror, makeMirror } from './tool.ts';
import { type Cost, costOf } from './traffic.ts';

/** What a run over the whole library showed. */
export interface WholeRun {
  readonly world: WorldSize;
  /** To lock, apply and verify, in their order. */
  readonly steps: readonly (Cost & { readonly name: string })[];
  /** Tags a second. */
  readonly rates: readonly Rate[];
  /** The first apply by the version before the copy engine; else why it was left out. */
  readonly before: { readonly ms: number } | { readonly skipped: string };
}

export interface WholeOptions {
  /** Default: every image. */
  readonly images?: readonly string[] | undefined;
  /** Whether the version before the copy engine is run as well. */
  readonly before: boolean;
}

export interface WorldSize {
  readonly images: number;
  readonly tags: number;
  readonly manifests: number;
  readonly blobs: number;
  readonly buildMs: number;
}

export interface Rate {
  readonly name: string;
  /** Absent: the tool does no such thing. */
  readonly tool?: number;
  readonly bare: number;
}

/** Mirrors the whole library as it stood a day before the bundle's tip, again with nothing changed, and then its tip. */
export async function wholeLibrary(
  library: RealLibrary,
  { images, before: runsBefore }: WholeOptions,
): Promise<WholeRun> {
  const { registry, target, source, destination } = await startPlaces();
  const settings = { upstream: library.path, source: source.host, images };
  const mirror = makeMirror({ ...settings, destination: destination.host });
  const [before, tip] = library.days;
  const steps: WholeRun['steps'][number][] = [];
  const step = async (name: string, ...args: string[]) => {
    const cost = await costOf(source, destination, () => mirror.run(...args));
    steps.push({ name, ...cost });
  };

  let built: readonly BuiltRepository[] = [];
  const buildMs = await timed(async () => {
    built = await publish(library, before, registry.storage, images);
  });
  await step('lock', 'lock', '--ref', before);
  await step('apply, first', 'apply');
  await step('apply, unchanged', 'apply');
  built = await publish(library, tip, registry.storage, images);
  await step('lock, a day later', 'lock', '--ref', tip);
  await step('apply, a day later', 'apply');
  await step('verify', 'verify');
  const direct = makeMirror({ ...settings, destination: target.host });
  copyFileSync(join(mirror.path, 'mirrors.lock.yaml'), join(direct.path, 'mirrors.lock.yaml'));
  const rates = await compareRates(direct, target, built);
  await Promise.all([source.stop(), destination.stop()]);
  await Promise.all([registry.stop(), target.stop()]);
  const old = runsBefore ? await firstApplyBefore(library, images) : { skipped: 'left out by --no-before' };
  return { world: { ...sizeOf(built), buildMs }, steps, rates, before: old };
}

/** A source behind the Hub's rules and an empty destination, each counted. */
async function startPlaces() {
  const [registry, target] = await Promise.all([startRegistry(), startRegistry()]);
  const source = await startHub(registry.host, { anonymous: {} });
  const destination = await startCountingProxy(target.host);
  return { registry, target, source, destination };
}

/** The first apply by the version before, with registries and caches of its own. */
async function firstApplyBefore(library: RealLibrary, images: WholeOptions['images']): Promise<WholeRun['before']> {
  const found = await commandBefore();
  if ('absent' in found) return { skipped: found.absent };
  const { registry, source, destination } = await startPlaces();
  const [day] = library.days;
  const places = { upstream: library.path, source: source.host, destination: destination.host };
  const mirror = makeMirror({ ...places, images, command: found.command });
  await publish(library, day, registry.storage, images);
  await mirror.run('lock', '--ref', day);
  const { ms } = await mirror.run('apply');
  return { ms };
}

async function publish(library: RealLibrary, commit: string, storage: string, images?: readonly string[]) {
  const files = [...(await library.at(commit))].filter(([name]) => images?.includes(name) ?? true);
  const built = files.map(([name, text]) => miniature(name, text));
  writeRegistryStorage(storage, built);
  return built;
}

/** Inventory and retagging against a bare client, at the destination itself, without a proxy before it. */
async function compareRates(
  mirror: Mirror,
  { host, storage }: { host: string; storage: string },
  built: readonly BuiltRepository[],
): Promise<Rate[]> {
  const tags = built.reduce((sum, repository) => sum + repository.tags.size, 0);
  const bareInventory = await bareHeads(host, built);
  const inventory = await mirror.run('verify');
  removeTags(storage);
  const look = await mirror.run('plan');
  const retag = await mirror.run('apply');
  removeTags(storage);
  const bareRetag = await bareRetags(host, built);
  const puts = await barePuts(host, built);
  await mirror.run('verify');
  const perSecond = (ms: number) => tags / (ms / 1000);
  return [
    { name: 'inventory (verify, the whole command)', tool: perSecond(inventory.ms), bare: bareInventory },
    { name: 'retagging (apply, less what plan takes)', tool: perSecond(retag.ms - look.ms), bare: bareRetag },
    { name: 'for comparison: putting tags alone, unchecked', bare: puts },
  ];
}

/** As if all tags had been deleted: what they stood for is still there. */
function removeTags(storage: string): void {
  const repositories = join(storage, 'docker/registry/v2/repositories/library');
  for (const name of readdirSync(repositories)) {
    rmSync(join(repositories, name, '_manifests/tags'), { recursive: true, force: true });
  }
}

function sizeOf(built: readonly BuiltRepository[]): Omit<WorldSize, 'buildMs'> {
  return {
    images: built.filter(({ tags }) => tags.size > 0).length,
    tags: built.reduce((sum, { tags }) => sum + tags.size, 0),
    manifests: new Set(built.flatMap(({ manifests }) => [...manifests.keys()])).size,
    blobs: new Set(built.flatMap(({ blobs }) => [...blobs.keys()])).size,
  };
}
