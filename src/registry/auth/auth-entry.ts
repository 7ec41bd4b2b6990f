import { hostAliases } from '../address.ts';
import { type AuthEntry, type AuthFile, broken } from './auth-file.ts';
import type { Credentials } from './credential-types.ts';

/**
 * The credentials in a file's `auths` for a repository: the longest path that is a key, as containers-auth.json(5) has
 * it, then keys that are URLs, as docker writes that of the Hub (`https://index.docker.io/v1/`). An entry without
 * content is the mark of a credential helper, and is passed over.
 *
 * @throws UserError `registry/auth-file`
 */
export function findAuthEntry(file: AuthFile, host: string, repository: string): Credentials | undefined {
  for (const key of keysFor(file, host, repository)) {
    const entry = file.auths.get(key);
    const credentials = entry === undefined ? undefined : decode(file, entry);
    if (credentials !== undefined) return credentials;
  }
  return undefined;
}

function keysFor(file: AuthFile, host: string, repository: string): string[] {
  const aliases = hostAliases(host);
  const parts = repository.split('/');
  const paths = parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`);
  const urls = [...file.auths.keys()].filter((key) => aliases.includes(hostOfUrl(key) ?? ''));
  return [...aliases.flatMap((alias) => [...paths.map((path) => alias + path), alias]), ...urls];
}

function hostOfUrl(key: string): string | undefined {
  return /^https?:\/\/([^/]+)/.exec(key)?.[1];
}

function decode(file: AuthFile, entry: AuthEntry): Credentials | undefined {
  const from = file.path;
  if (entry.identitytoken !== undefined) return { kind: 'identity-token', token: entry.identitytoken, from };
  if (entry.auth !== undefined) return decodeAuth(file, entry.auth);
  const { username, password } = entry;
  return username === undefined || password === undefined ? undefined : { kind: 'password', username, password, from };
}

function decodeAuth(file: AuthFile, auth: string): Credentials {
  const valid = /^[A-Za-z0-9+/]+={0,2}$/.test(auth);
  const text = valid ? Buffer.from(auth, 'base64').toString('utf8') : '';
  const colon = text.indexOf(':');
  if (colon < 1) throw broken(file.path, 'has an `auth` for this registry that is not `user:password` in base64');
  // Old versions of docker padded the password with NUL.
  const password = text.slice(colon + 1).replace(/\0+$/, '');
  return { kind: 'password', username: text.slice(0, colon), password, from: file.path };
}
