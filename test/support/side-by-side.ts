import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockedTags, readLock } from './mirror.ts';
import type { CountedRegistry, World } from './world.ts';

/** A destination of the configuration, and the registry that it is in. */
export interface DestinationAt {
  readonly name: string;
  readonly at: CountedRegistry;
  /** Default: `mirror`. */
  readonly namespace?: string;
}

/** Gives the world's configuration other destinations, in their order. */
export function setDestinations({ mirror }: World, destinations: readonly DestinationAt[]): void {
  const file = join(mirror, 'mirrors.yaml');
  const lines = destinations.map(
    ({ name, at, namespace = 'mirror' }) =>
      `  - {name: ${name}, registry: "${at.host}", namespace: ${namespace}, insecure: true}\n`,
  );
  writeFileSync(file, readFileSync(file, 'utf8').replace(/( {2}- \{name: .*\n)+/, lines.join('')));
}

const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';

/** Names of the lockfile that a destination does not have at their digest, asked by a bare client. */
export async function missingAt(world: World, { at, namespace = 'mirror' }: DestinationAt): Promise<string[]> {
  const missing: string[] = [];
  for (const [name, digest] of lockedTags(readLock(world))) {
    const [image, tag] = name.split(':');
    const url = `http://${at.host}/v2/${namespace}/${image}/manifests/${tag}`;
    const { headers } = await fetch(url, { method: 'HEAD', headers: { accept } });
    if (headers.get('docker-content-digest') !== digest) missing.push(name);
  }
  return missing;
}

/** A promise and what keeps it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
