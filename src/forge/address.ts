import { problemError, type UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { splitAddress, withoutCredentials } from '../git/address.ts';

/** The address of a git remote, as far as it tells of a forge. */
export interface RemoteAddress {
  readonly protocol: 'https' | 'http' | 'ssh';
  /** `https://HOST[:PORT]`, or `http://…` where the remote is so; for ssh, `https://HOST`. */
  readonly origin: string;
  /** In lower case, without a port. */
  readonly host: string;
  /** The path without slashes around and `.git`: `owner/name`. */
  readonly repository: string;
}

/** Other names of a forge, for SSH over the port of HTTPS (GitHub's and GitLab's documentation). */
const sshAliases: Readonly<Record<string, string>> = {
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
};

/** A user and a host; not what git, curl and the URL standard read in different ways, such as `\`. */
const plainAuthority = /^(?:[^@/?#\\\s]*@)?([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/i;

/**
 * Reads the URL of a git remote: `https://…`, `ssh://…` or `user@host:path`. Undefined for what is not an address of a
 * forge, such as a path, and for a host that is written otherwise than it is asked for (`github。com`, `0x7f.1`).
 */
export function parseRemoteUrl(url: string): RemoteAddress | undefined {
  const parts = splitAddress(url);
  if (parts.kind === 'path') return undefined;
  if (parts.kind === 'scp') {
    const host = /^(?:[\w.-]+@)?([\w.-]+)$/.exec(parts.authority)?.[1];
    return host === undefined || parts.path.startsWith('/') ? undefined : sshAddress(host, parts.path);
  }
  const name = plainAuthority.exec(parts.authority)?.[1];
  const isPlain = name !== undefined && /^(?:\/[^?#\\\s@]*)?$/.test(parts.rest) && URL.canParse(url);
  if (!isPlain || !/^(?:https?|ssh|git\+ssh)$/.test(parts.protocol)) return undefined;
  const { protocol, hostname, origin, pathname } = new URL(url);
  if (!/^https?:$/.test(protocol)) return sshAddress(name, pathname);
  if (hostname !== name.toLowerCase()) return undefined;
  return addressOf({ protocol: protocol === 'http:' ? 'http' : 'https', origin, host: hostname }, pathname);
}

function sshAddress(name: string, path: string): RemoteAddress | undefined {
  const lower = name.toLowerCase();
  const host = sshAliases[lower] ?? lower;
  return addressOf({ protocol: 'ssh', origin: `https://${host}`, host }, path);
}

function addressOf(place: Omit<RemoteAddress, 'repository'>, path: string): RemoteAddress | undefined {
  const repository = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  return place.host === '' || !isRepository(repository) ? undefined : { ...place, repository };
}

/**
 * The URL of a remote without a password, and for http and https without a user.
 *
 * @throws UserError `forge/bad-address` where it is not clear what the host is
 */
export function withoutUser(url: string): string {
  const ssh = /^((?:git\+)?ssh:\/\/)([^:@/]*)(?::[^@/]*)?@/i;
  if (!/^https?:/i.test(url)) return url.replace(ssh, '$1$2@');
  const bare = url.replace(/^(https?:\/\/)[^@/?#\\\s]*@/i, '$1');
  if (!/[@\\]/.test(bare)) return bare;
  const rule = 'The address of a remote has an `@` behind its user only, and no `\\`.';
  const hint = 'Set it again: `git remote set-url origin https://HOST/OWNER/NAME.git`.';
  throw problemError('forge/bad-address', rule, cleanText(withoutCredentials(url)), hint);
}

/** Whether this is `owner/name`, or `group/…/name` as GitLab has it. */
export function isRepository(text: string): boolean {
  return text.length <= 512 && /^[\w.-]+(?:\/[\w.-]+)+$/.test(text) && !/(?:^|\/)\.{1,2}(?:\/|$)/.test(text);
}

/** Whether a host, as a URL has it, is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
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
