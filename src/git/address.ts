import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problemError, type UserError } from '../core/problem.ts';
import { shownValue } from '../core/text.ts';

/** A name, and a password or token, that stood in a URL. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Where upstream is, in the form that git is given: never with a secret, never an option, never a remote helper. */
export interface Remote {
  /** A URL without credentials, or an absolute path. */
  readonly url: string;
  /** The address as it was written, without credentials: for messages and lockfiles. */
  readonly shown: string;
  readonly credentials?: Credentials;
}

const protocols = ['http', 'https', 'ssh', 'git', 'file'];

/**
 * Reads the address of a repository: a URL (`https`, `http`, `ssh`, `git`, `file`), `user@host:path`, or a path, which is
 * relative to `directory`. Throws a UserError `upstream/bad-address` for anything else, remote helpers such as `ext::`
 * included, since they run commands.
 */
export function parseRemote(repository: string, directory: string): Remote {
  if (/^$|^-|\p{Cc}/u.test(repository) || /^[\w+.-]+::/.test(repository)) throw badAddress(repository);
  const parts = splitAddress(repository);
  if (parts.kind === 'url') return parseUrl(repository, parts);
  return { url: parts.kind === 'scp' ? repository : resolve(directory, repository), shown: repository };
}

/** An address by its form (git-clone(1), "GIT URLS"); nothing of it is decoded or checked. */
export type AddressParts =
  | { readonly kind: 'url'; readonly protocol: string; readonly authority: string; readonly rest: string }
  /** `user@host:path`, or `host:path`. */
  | { readonly kind: 'scp'; readonly authority: string; readonly path: string }
  | { readonly kind: 'path' };

/** Tells the forms apart as git does: a colon before the first slash is ssh's. A protocol is in small letters. */
export function splitAddress(text: string): AddressParts {
  const [, scheme, authority = '', rest = ''] = /^([\w+.-]+):\/\/([^/?#]*)(.*)$/s.exec(text) ?? [];
  if (scheme !== undefined) return { kind: 'url', protocol: scheme.toLowerCase(), authority, rest };
  const [, before, path = ''] = /^([^/]+?):(.*)$/s.exec(text) ?? [];
  return before === undefined ? { kind: 'path' } : { kind: 'scp', authority: before, path };
}

function parseUrl(repository: string, { protocol, authority, rest }: AddressParts & { kind: 'url' }): Remote {
  if (!protocols.includes(protocol) || !URL.canParse(repository)) throw badAddress(repository);
  if (protocol === 'file') return { url: pathOf(repository), shown: repository };
  const { username, password } = new URL(repository);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (protocol === 'ssh') {
    const user = username === '' ? '' : `${username}@`;
    const url = `${protocol}://${user}${host}${rest}`;
    return { url, shown: url };
  }
  const url = `${protocol}://${host}${rest}`;
  if (username === '' && password === '') return { url, shown: url };
  return { url, shown: url, credentials: { username: decode(username), password: decode(password) } };
}

function pathOf(repository: string): string {
  try {
    return fileURLToPath(repository);
  } catch (error) {
    if (error instanceof TypeError) throw badAddress(repository, error);
    throw error;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function badAddress(repository: string, cause?: unknown): UserError {
  const error = problemError(
    'upstream/bad-address',
    'The address of upstream is a URL (https, http, ssh, git or file), `user@host:path` or a path.',
    shownValue(withoutCredentials(repository)),
    'For example https://github.com/docker-library/official-images.git, or ./official-images for a local clone.',
  );
  error.cause = cause;
  return error;
}

/** `text` without what stands before the `@` of its URLs. */
export function withoutCredentials(text: string): string {
  return text.replace(/:\/\/[^\s'"]*@/g, '://');
}

/** A folder name for all that is kept of a remote: the same for one address, different for two. */
export function remoteKey(remote: Remote): string {
  return createHash('sha256').update(remote.url).digest('hex').slice(0, 32);
}
