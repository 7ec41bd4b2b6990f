import type { RegistryNamespace } from '../../config/types.ts';
import { type ImageName, repositoryPath } from '../../core/names.ts';
import { hubHost, isHub } from '../../registry/hub.ts';

/**
 * The name of an image's repository as containers/image writes it, such as `docker.io/library/debian`: the Hub has one
 * name, and what lies right below it lies in `library` (containers/image, docker/reference/normalize.go).
 */
export function fullName({ registry, namespace }: RegistryNamespace, image: ImageName): string {
  const path = repositoryPath(namespace, image);
  if (!isHub(registry.host)) return `${registry.host}/${path}`;
  return `${hubHost}/${path.includes('/') ? path : `library/${path}`}`;
}

/**
 * The scopes in which a repository lies, the narrowest first: itself, its namespaces, its host with the port, and the
 * domains above that host as `*.DOMAIN` (containers/image, docker/policyconfiguration/naming.go).
 */
export function scopesAround(name: string): string[] {
  const parts = name.split('/');
  const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  const labels = (parts[0] ?? '').replace(/:.*$/s, '').split('.');
  return [...paths, ...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`)];
}
