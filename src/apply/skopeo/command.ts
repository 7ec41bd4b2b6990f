import { stringify } from 'yaml';
import type { Destination } from '../../config/types.ts';
import { groupBy } from '../../core/group-by.ts';
import { repositoryPath } from '../../core/repository-path.ts';
import type { CopyItem } from '../types.ts';

/** How often skopeo tries again by itself. */
const retryTimes = 3;

/** Where skopeo reads: the gateway's address, and the namespace that one process may read below. */
export interface SyncSource {
  readonly host: string;
  readonly namespace: string;
}

/** The source YAML of `skopeo sync` for manifests by digest (skopeo-sync(1), "YAML file content"). */
export function syncYaml(items: readonly CopyItem[], { host, namespace }: SyncSource): string {
  const byImage = groupBy(items, ({ image }) => repositoryPath(namespace, image));
  const images = Object.fromEntries([...byImage].map(([path, list]) => [path, list.map(({ digest }) => digest)]));
  return stringify({ [host]: { 'tls-verify': false, images } }, { lineWidth: 0, compat: 'yaml-1.1' });
}

/**
 * The arguments of one `skopeo sync`. `--all` and `--preserve-digests` stand always: without them skopeo copies one
 * platform only, or compresses layers anew, and exits 0. No argument holds a secret. The gateway needs no credentials, so
 * none are looked for.
 */
export function syncArguments(yamlFile: string, destination: Destination): string[] {
  const { registry, namespace } = destination;
  return [
    'sync',
    '--all',
    '--preserve-digests',
    '--keep-going',
    `--retry-times=${retryTimes}`,
    '--src-no-creds',
    ...(registry.insecure ? ['--dest-tls-verify=false'] : []),
    '--src=yaml',
    '--dest=docker',
    yamlFile,
    repositoryPath(registry.host, namespace).replace(/\/$/, ''),
  ];
}
