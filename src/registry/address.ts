import { isImageName } from '../core/names.ts';
import { problemError } from '../core/problem.ts';
import { hubUrl, isHub } from './hub.ts';
import type { RegistryAddress } from './types.ts';

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const hostPattern = new RegExp(String.raw`^(?:${label}(?:\.${label})*|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?$`);

/**
 * Where the API of a registry is: `docker.io` is the Hub's real host, always over TLS.
 *
 * @throws UserError `registry/bad-host`
 */
export function baseUrl({ host, insecure }: RegistryAddress): URL {
  if (isHub(host)) return new URL(hubUrl);
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
