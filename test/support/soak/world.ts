import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../cli.ts';
import { startHub } from '../hub/hub.ts';
import { writeRegistryStorage } from '../images/storage.ts';
import type { BuiltRepository } from '../images/types.ts';
import { miniature } from '../miniature/miniature.ts';
import { startRegistry } from '../registry.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { makeUpstream } from '../upstream.ts';
import * as library from './library.ts';

/** What all schedules share: a source with two days of a small library, and the lockfile of the second. */
export interface SoakWorld {
  readonly upstream: string;
  /** What the source of each schedule serves, by a registry of its own that writes nothing. */
  readonly sourceStorage: string;
  readonly lockfile: string;
  readonly before: readonly BuiltRepository[];
  readonly after: readonly BuiltRepository[];
}

/** Builds what all schedules share; throws when `lock` fails. */
export async function soakWorld(): Promise<SoakWorld> {
  const home = temporaryDirectory().path;
  const upstream = await makeUpstream(join(home, 'upstream'), library.after);
  const registry = await startRegistry();
  const [before, after] = [library.before, library.after].map((files) =>
    Object.entries(files).map(([name, text]) => miniature(name, text)),
  );
  if (before === undefined || after === undefined) throw new Error('The library is missing.');
  writeRegistryStorage(registry.storage, [...before, ...after]);
  const hub = await startHub(registry.host, { anonymous: {} });
  const mirror = join(home, 'mirror');
  writeMirror(mirror, { upstream: upstream.path, source: hub.host, destination: 'localhost:1' });
  const { code, stderr } = await runCli(['lock', '--quiet'], { cwd: mirror, env: { MIRRORLOCK_CACHE: home } });
  if (code !== 0) throw new Error(`lock ended with ${code}:\n${stderr}`);
  await hub.stop();
  const lockfile = readFileSync(join(mirror, 'mirrors.lock.yaml'), 'utf8');
  return { upstream: upstream.path, sourceStorage: registry.storage, lockfile, before, after };
}

export interface MirrorPlaces {
  readonly upstream: string;
  readonly source: string;
  readonly destination: string;
}

/** Writes the mirrors.yaml of a new mirror repository, for everything. */
export function writeMirror(folder: string, { upstream, source, destination }: MirrorPlaces): void {
  mkdirSync(folder, { recursive: true });
  const config = {
    version: 1,
    upstream: { repository: upstream },
    source: { registry: source, namespace: 'library', insecure: true },
    destinations: [{ name: 'main', registry: destination, namespace: 'library', insecure: true }],
    images: { include: ['*'] },
  };
  writeFileSync(join(folder, 'mirrors.yaml'), JSON.stringify(config, null, 2));
}
