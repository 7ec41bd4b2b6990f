import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onCleanUp } from '../support/cleanup.ts';
import { findProgram } from '../support/programs.ts';
import { startRegistry } from '../support/registry.ts';
import { startService } from '../support/service.ts';
import { memoryDirectory } from '../support/temporary-directory.ts';
import { type Found, findGoProgram } from './programs.ts';

/** A kind of registry that can be run here. */
export interface RegistryKind {
  readonly name: string;
  /** Starts an empty one, in which manifests may be deleted; gives its `127.0.0.1:PORT`. */
  start(): Promise<string>;
}

/** A kind that cannot, and in one line why. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/** The kinds that this machine has or can build. */
export async function registryKinds(): Promise<{ kinds: RegistryKind[]; skipped: Skipped[] }> {
  const third = await findGoProgram({
    package: 'github.com/distribution/distribution/v3/cmd/registry',
    version: 'v3.1.2',
    asked: ['--version'],
    says: /distribution\/v3 v?3\./,
  });
  const crane = await findGoProgram({
    package: 'github.com/google/go-containerregistry/cmd/crane',
    version: 'v0.22.1',
    asked: ['registry', 'serve', '--help'],
    says: /--address/,
  });
  const kinds: RegistryKind[] = [
    { name: 'docker-registry 2.8', start: () => startDistribution(findProgram('docker-registry')) },
  ];
  const skipped: Skipped[] = [];
  const add = (name: string, found: Found, start: (path: string) => Promise<string>) => {
    if ('reason' in found) skipped.push({ name, reason: found.reason });
    else kinds.push({ name, start: () => start(found.path) });
  };
  add('distribution 3.1', third, startDistribution);
  add('crane registry', crane, startCrane);
  return { kinds, skipped };
}

async function startDistribution(program: string): Promise<string> {
  return (await startRegistry({ program, deleteEnabled: true })).host;
}

/** The registry of go-containerregistry, which keeps manifests in memory. */
async function startCrane(program: string): Promise<string> {
  const home = memoryDirectory();
  const blobs = join(home.path, 'blobs');
  // It does not make the folder, and answers 500 to each blob where it is absent.
  mkdirSync(blobs);
  const address = ['--address', '127.0.0.1:0', '--disk', blobs];
  const service = startService([program, 'registry', 'serve', ...address], home.path);
  onCleanUp(service.stop);
  const [, port] = await service.logged(/serving on port (\d+)/);
  return `127.0.0.1:${port}`;
}
