import { isImageName } from '../core/names.ts';
import { problemError } from '../core/problem.ts';
import type { RegistryAddress } from './types.ts';

/** The Hub's names: the one that people write, the one of its old API, and the one that answers. */
const hubHosts = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const hostPattern = new RegExp(String.raw`^(?:${label}(?:\.${label})*|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?$`);

/** Whether `host` is one of Docker Hub's names. */
export function isHub(host: string): boolean {
  return hubHosts.includes(host);
}

/** All names under which credentials for `host` may be kept, the one that people write first. */
export function hostAliases(host: string): readonly string[] {
  return isHub(host) ? hubHosts : [host];
}

/**
 * Where the API of a registry is: `docker.io` is the Hub's real host, always over TLS.
 *
 * @throws UserError `registry/bad-host`
 */
export function baseUrl({ host, insecure }: RegistryAddress): URL {
  if (isHub(host)) return new URL('https://registry-1.docker.io');
  const url = `${insecure ? 'http' : 'https'}://${host}`;
  if (hostPattern.test(host) && URL.canParse(url)) return new URL(url);
  throw problemError('registry/bad-host', 'A registry is `name`, `name:port` or `[IPv6 address]:port`.', host);
}

/**
 * Returns `path` when it is a repository: names as those of images, joined by `/`, at most 255 characters
 * (distribution's reference/regexp.go, `remote-name`).
 *
 * @throws UserError `registry/bad-repository`
 */
export function checkedRepository(path: string): string {
  if (path.length <= 255 && path.split('/').every(isImageName)) return path;
  throw problemError('registry/bad-repository', 'A repository is lower-case names joined by `/`.', path);
}
