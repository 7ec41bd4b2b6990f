import { stringify } from 'yaml';
import type { Destination, Source } from '../../config/types.ts';
import { groupBy } from '../../core/group-by.ts';
import type { Digest, ImageName } from '../../core/names.ts';
import { namespacePath, repositoryPath } from '../../core/repository-path.ts';

/** How often skopeo tries again by itself. */
const retryTimes = 3;

/** A manifest to copy by digest, with what it names. */
export interface CopyItem {
  readonly image: ImageName;
  readonly digest: Digest;
}

/** The source YAML of `skopeo sync` for manifests by digest (skopeo-sync(1), "YAML file content"). */
export function syncYaml(items: readonly CopyItem[], { registry, namespace }: Source): string {
  const byImage = groupBy(items, ({ image }) => repositoryPath(namespace, image));
  const images = Object.fromEntries([...byImage].map(([path, list]) => [path, list.map(({ digest }) => digest)]));
  const tls = registry.insecure ? { 'tls-verify': false } : {};
  return stringify({ [registry.host]: { ...tls, images } }, { lineWidth: 0, compat: 'yaml-1.1' });
}

/**
 * The arguments of one `skopeo sync`. Without the first two options skopeo copies one platform only, or compresses layers
 * again, and exits with 0.
 *
 * @param registriesConf the registries.conf to take in place of the operator's own
 */
export function syncArguments(
  yamlFile: string,
  { registry, namespace }: Destination,
  registriesConf: string | undefined,
): string[] {
  return [
    ...(registriesConf === undefined ? [] : [`--registries-conf=${registriesConf}`]),
    ...['sync', '--all', '--preserve-digests', '--keep-going', `--retry-times=${retryTimes}`],
    ...(registry.insecure ? ['--dest-tls-verify=false'] : []),
    ...['--src=yaml', '--dest=docker', yamlFile, namespacePath(registry.host, namespace)],
  ];
}
