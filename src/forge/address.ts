import { problemError, type UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';

/** The address of a git remote, as far as it tells of a forge. */
export interface RemoteAddress {
  /** `https://HOST[:PORT]`, or `http://…` where the remote is so; for ssh, `https://HOST`. */
  readonly origin: string;
  readonly host: string;
  /** The path without slashes around and `.git`: `owner/name`. */
  readonly repository: string;
  /** Whether it is reached by ssh, whose port says nothing of where the forge's API is. */
  readonly isSsh: boolean;
}

/**
 * Reads the URL of a git remote: `https://…`, `ssh://…` or `user@host:path`. Undefined for what is no address of a
 * forge, such as a path.
 */
export function parseRemoteUrl(url: string): RemoteAddress | undefined {
  const scp = /^(?:[\w.-]+@)?([\w.-]+):(?!\/)(.+)$/.exec(url);
  if (scp !== null && !/^\w+:\/\//.test(url))
    return addressOf('https:', scp[1] ?? '', scp[1] ?? '', scp[2] ?? '', true);
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, hostname, pathname } = new URL(url);
  if (protocol === 'ssh:' || protocol === 'git+ssh:') return addressOf('https:', hostname, hostname, pathname, true);
  return protocol === 'https:' || protocol === 'http:' ? addressOf(protocol, host, hostname, pathname) : undefined;
}

function addressOf(
  protocol: string,
  host: string,
  hostname: string,
  path: string,
  isSsh = false,
): RemoteAddress | undefined {
  const repository = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  if (host === '' || !isRepository(repository)) return undefined;
  return { origin: `${protocol}//${host.toLowerCase()}`, host: hostname.toLowerCase(), repository, isSsh };
}

/** Whether this is `owner/name`, or `group/…/name` as GitLab has it. */
export function isRepository(text: string): boolean {
  return text.length <= 512 && /^[\w.-]+(?:\/[\w.-]+)+$/.test(text) && !/(?:^|\/)\.{1,2}(?:\/|$)/.test(text);
}

/** Returns the address of an API or a server without a slash at the end. @throws UserError `forge/bad-address` */
export function parseBaseUrl(text: string, variable: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (!url || !isWeb || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw badAddress(variable, text);
  }
  return url.href.replace(/\/+$/, '');
}

function badAddress(variable: string, text: string): UserError {
  const rule = `${variable} is a URL (https or http) without credentials and query.`;
  const hint = 'For example https://api.github.com, or https://github.example.com/api/v3.';
  return problemError('forge/bad-address', rule, cleanText(text.replace(/\/\/[^/]*@/, '//')), hint);
}
