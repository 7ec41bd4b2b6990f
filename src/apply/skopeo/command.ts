import { stringify } from 'yaml';
import type { Destination } from '../../config/types.ts';
import { groupBy } from '../../core/group-by.ts';
import { namespacePath, repositoryPath } from '../../core/repository-path.ts';
import type { CopyItem } from '../types.ts';

/** How often skopeo tries again by itself. */
const retryTimes = 3;

/** Where skopeo reads: the gateway, and the namespace of one process. */
export interface SkopeoSource {
  readonly host: string;
  readonly namespace: string;
  /** The file with the gateway's credentials. No argument holds a secret. */
  readonly authFile: string;
}

/** The source YAML of `skopeo sync` for manifests by digest (skopeo-sync(1), "YAML file content"). */
export function syncYaml(items: readonly CopyItem[], { host, namespace }: Omit<SkopeoSource, 'authFile'>): string {
  const byImage = groupBy(items, ({ image }) => repositoryPath(namespace, image));
  const images = Object.fromEntries([...byImage].map(([path, list]) => [path, list.map(({ digest }) => digest)]));
  return stringify({ [host]: { 'tls-verify': false, images } }, { lineWidth: 0, compat: 'yaml-1.1' });
}

/** The arguments of one `skopeo sync`, for several manifests. */
export function syncArguments(yamlFile: string, { authFile }: SkopeoSource, destination: Destination): string[] {
  const { registry, namespace } = destination;
  return [
    ...['sync', ...always, '--keep-going', `--src-authfile=${authFile}`, ...tlsOf(destination)],
    ...['--src=yaml', '--dest=docker', yamlFile, namespacePath(registry.host, namespace)],
  ];
}

/**
 * The arguments of one `skopeo copy`, for one manifest with all that it stands for. Sync would ask the destination for
 * each child before it copies it, over a new connection (skopeo, cmd/skopeo/sync.go, `OptimizeDestinationImageAlreadyExists`).
 */
export function copyArguments(item: CopyItem, source: SkopeoSource, destination: Destination): string[] {
  const { registry, namespace } = destination;
  const to = `${registry.host}/${repositoryPath(namespace, item.image)}@${item.digest}`;
  return [...copyFrom(item, source), ...tlsOf(destination), `docker://${to}`];
}

/** The arguments of one `skopeo copy` but for where to. */
export function copyFrom({ image, digest }: Pick<CopyItem, 'image' | 'digest'>, source: SkopeoSource): string[] {
  const from = `${source.host}/${repositoryPath(source.namespace, image)}@${digest}`;
  return ['copy', ...always, `--src-authfile=${source.authFile}`, '--src-tls-verify=false', `docker://${from}`];
}

/** Without the first two skopeo copies one platform only, or compresses layers anew, and exits 0. */
const always = ['--all', '--preserve-digests', `--retry-times=${retryTimes}`];

const tlsOf = ({ registry }: Destination) => (registry.insecure ? ['--dest-tls-verify=false'] : []);
