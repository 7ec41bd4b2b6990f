import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isIndex, parseIndex, parseManifest } from '../../src/registry/manifest-types.ts';
import { startCountingProxy } from './counting-proxy.ts';
import { type MortalRegistry, mortalRegistry } from './soak/mortal-registry.ts';
import { setWorld, type World, type WorldOptions } from './world.ts';

/** What a registry that was killed may have done to one of its files. */
export type Blow = 'empty' | 'cut' | 'gone' | 'changed';

/** A world whose destination can be damaged: stopped, its files spoilt, and started again at the same place. */
export interface DamageableWorld extends World {
  /** Spoils files of the destination's storage while it is down. */
  damage(blows: readonly (readonly [path: string, blow: Blow])[]): Promise<void>;
  /** Files of one image in the storage. */
  paths(image: string): ImagePaths;
}

export interface ImagePaths {
  tag(tag: string): string;
  revision(digest: string): string;
  layerLink(digest: string): string;
  data(digest: string): string;
  /** What a tag points at, as the storage has it: its index, children, and the blobs of the first child. */
  contents(tag: string): {
    readonly index: string;
    readonly children: readonly string[];
    readonly blobs: readonly string[];
  };
}

/** A world as {@link setWorld} makes it, with a destination that can be damaged. */
export async function setDamageableWorld(options: WorldOptions): Promise<DamageableWorld> {
  const world = await setWorld(options);
  const registry = await mortalRegistry();
  const proxy = await startCountingProxy(registry.host);
  const file = join(world.mirror, 'mirrors.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(world.destination.host, proxy.host));
  await world.destination.stop();
  const root = join(registry.storage, 'docker/registry/v2');
  return {
    ...world,
    destination: { ...proxy, storage: registry.storage },
    damage: (blows) => damage(registry, root, blows),
    paths: (image) => pathsOf(root, image),
  };
}

async function damage(
  registry: MortalRegistry,
  root: string,
  blows: readonly (readonly [string, Blow])[],
): Promise<void> {
  // What is spoilt while it runs may be hidden by its cache: it is restarted, and then asked for the first time.
  for (const [path, blow] of blows) strike(join(root, path), blow);
  await registry.goDown('stop');
  await registry.comeUp();
}

function strike(path: string, blow: Blow): void {
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  if (blow === 'gone') rmSync(path);
  if (blow === 'empty') truncateSync(path, 0);
  if (blow === 'cut') truncateSync(path, 20);
  if (blow === 'changed') {
    const bytes = readFileSync(path);
    // The first byte after the middle that is a letter of a word or a layer's: JSON stays JSON.
    const at = bytes.length >> 1;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  }
}

function pathsOf(root: string, image: string): ImagePaths {
  const home = `repositories/mirror/${image}`;
  const hexPath = (digest: string) => digest.replace(':', '/');
  const data = (digest: string) => `blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`;
  const read = (digest: string) => readFileSync(join(root, data(digest)));
  return {
    tag: (tag) => `${home}/_manifests/tags/${tag}/current/link`,
    revision: (digest) => `${home}/_manifests/revisions/${hexPath(digest)}/link`,
    layerLink: (digest) => `${home}/_layers/${hexPath(digest)}/link`,
    data,
    contents(tag) {
      const index = readFileSync(join(root, home, `_manifests/tags/${tag}/current/link`), 'utf8');
      const { mediaType } = JSON.parse(read(index).toString()) as { mediaType: string };
      const children = isIndex(mediaType) ? parseIndex(read(index)).children.map(({ digest }) => digest as string) : [];
      const { config, layers } = parseManifest(read(children[0] ?? index));
      return { index, children, blobs: [config, ...layers].map(({ digest }) => digest as string) };
    },
  };
}
