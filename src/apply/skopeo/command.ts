import { stringify } from 'yaml';
import type { Destination, RegistryNamespace, Source } from '../../config/types.ts';
import { groupBy } from '../../core/group-by.ts';
import { repositoryPath } from '../../core/repository-path.ts';
import type { CopyItem } from '../types.ts';

/** How often skopeo tries again by itself. */
const retryTimes = 3;

/** The source YAML of `skopeo sync` for manifests by digest (skopeo-sync(1), "YAML file content"). */
export function syncYaml(items: readonly CopyItem[], source: Source): string {
  const byImage = groupBy(items, ({ image }) => repositoryPath(source.namespace, image));
  const images = Object.fromEntries([...byImage].map(([path, list]) => [path, list.map(({ digest }) => digest)]));
  const tls = source.registry.insecure ? { 'tls-verify': false } : {};
  return stringify({ [source.registry.host]: { ...tls, images } }, { lineWidth: 0, compat: 'yaml-1.1' });
}

/**
 * The arguments of one `skopeo sync`. `--all` and `--preserve-digests` stand always: without them skopeo copies one
 * platform only, or compresses layers anew, and exits 0. Debug output names each request. No argument holds a secret.
 */
export function syncArguments(
  yamlFile: string,
  registriesConf: string | undefined,
  destination: Destination,
): string[] {
  const { registry, namespace } = destination;
  return [
    '--debug',
    ...(registriesConf === undefined ? [] : ['--registries-conf', registriesConf]),
    'sync',
    '--all',
    '--preserve-digests',
    '--keep-going',
    `--retry-times=${retryTimes}`,
    ...(registry.insecure ? ['--dest-tls-verify=false'] : []),
    '--src=yaml',
    '--dest=docker',
    yamlFile,
    repositoryPath(registry.host, namespace).replace(/\/$/, ''),
  ];
}

/**
 * A containers-registries.conf(5) that asks the alternates first, by digest only, and the source itself last. Strings
 * are written as JSON strings, which TOML's basic strings include. `undefined` when there are no alternates.
 */
export function registriesConf(source: Source): string | undefined {
  if (source.alternates.length === 0) return undefined;
  const location = (place: RegistryNamespace) =>
    repositoryPath(place.registry.host, place.namespace).replace(/\/$/, '');
  const insecure = (place: RegistryNamespace) => (place.registry.insecure ? ['insecure = true'] : []);
  const mirrors = source.alternates.flatMap((alternate) => [
    '',
    '[[registry.mirror]]',
    `location = ${JSON.stringify(location(alternate))}`,
    ...insecure(alternate),
    'pull-from-mirror = "digest-only"',
  ]);
  return ['[[registry]]', `location = ${JSON.stringify(location(source))}`, ...insecure(source), ...mirrors, ''].join(
    '\n',
  );
}
