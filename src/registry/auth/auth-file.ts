import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Environment } from '../../core/environment.ts';
import { codeOf, ifThere } from '../../core/file-errors.ts';

import { UserError } from '../../core/problem.ts';
import { dictionaryOf, objectOf, readShape, type Shape } from '../../core/shape.ts';
import { hostAliases } from '../hub.ts';
import type { Credentials } from './credential-types.ts';

/** An entry of `auths`, its fields as they stand in the file. */
interface AuthEntry {
  /** `user:password` in base64. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** What auth.json (containers-auth.json(5)) and docker's config.json have in common. */
export interface AuthFile {
  readonly path: string;
  readonly auths: ReadonlyMap<string, AuthEntry>;
  /** By registry, the NAME of a program `docker-credential-NAME`. */
  readonly credHelpers: ReadonlyMap<string, string>;
  /** The program for every other registry. */
  readonly credsStore?: string;
}

const largestFile = 1024 * 1024;

/** A field of an entry; docker writes an empty one where a credential helper has the rest. */
const field = (name: string) => v.nullish(v.string(`has an entry in \`auths\` whose \`${name}\` is not text`), '');

const entryShape: Shape<AuthEntry> = v.pipe(
  objectOf(
    {
      auth: field('auth'),
      username: field('username'),
      password: field('password'),
      identitytoken: field('identitytoken'),
    },
    'has an entry in `auths` that is not an object',
  ),
  v.transform((entry) => Object.fromEntries(Object.entries(entry).filter(([, text]) => text !== ''))),
);

/** Each rule goes on from "The auth file". */
const fileShape = objectOf(
  {
    credsStore: v.optional(v.string('has a `credsStore` that is not a name')),
    auths: v.nullish(dictionaryOf(entryShape, 'has an `auths` that is not an object'), {}),
    credHelpers: v.nullish(
      dictionaryOf(
        v.string('has an entry in `credHelpers` that is not a name'),
        'has a `credHelpers` that is not an object',
      ),
      {},
    ),
  },
  'has to be a JSON object',
);

/**
 * Reads a file of credentials; `undefined` when there is none.
 *
 * @throws UserError `registry/auth-file`, which names the file and never tells what is in it
 */
export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  if (text.length > largestFile) throw broken(path, 'is larger than 1 MiB');
  const { value, fault } = readShape(fileShape, parsed(path, text));
  // The value is not told: it may be a secret.
  if (fault !== undefined) throw broken(path, fault.rule);
  const { auths, credHelpers, credsStore } = value;
  return {
    path,
    auths: new Map(Object.entries(auths)),
    credHelpers: new Map(Object.entries(credHelpers)),
    ...(credsStore ? { credsStore } : {}),
  };
}

/** The error for a file of credentials that cannot be used; `what` goes on from "The auth file". */
function broken(path: string, what: string): UserError {
  const message = `The auth file ${what}.`;
  const hint = 'Put it right, or remove it and log in again with `docker login REGISTRY`.';
  return new UserError([{ code: 'registry/auth-file', severity: 'error', message, place: { file: path }, hint }]);
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await ifThere(() => readFile(path, 'utf8'));
  } catch (error) {
    throw broken(path, `cannot be read (${codeOf(error) ?? 'unknown error'})`);
  }
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What JSON.parse says quotes the text, which holds passwords: neither it nor a cause is kept.
    throw broken(path, text.trim() === '' ? 'is empty' : 'is not valid JSON');
  }
}

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

/**
 * The files that may hold credentials, in the order in which they are asked: those of containers-auth.json(5), with
 * `$DOCKER_CONFIG` in place of `~/.docker` as docker has it. `userId` stands in the path that is used without
 * `$XDG_RUNTIME_DIR`.
 */
export function authFilePaths(env: Environment, homeDirectory: string, userId?: number): string[] {
  return [...primaryFile(env, userId), join(configHome(env, homeDirectory), 'containers', 'auth.json')].concat(
    join(env['DOCKER_CONFIG'] || join(homeDirectory, '.docker'), 'config.json'),
  );
}

function primaryFile(env: Environment, userId: number | undefined): string[] {
  if (env['REGISTRY_AUTH_FILE']) return [env['REGISTRY_AUTH_FILE']];
  if (env['XDG_RUNTIME_DIR']) return [join(env['XDG_RUNTIME_DIR'], 'containers', 'auth.json')];
  return userId === undefined ? [] : [`/run/containers/${userId}/auth.json`];
}

function configHome(env: Environment, homeDirectory: string): string {
  return env['XDG_CONFIG_HOME'] || join(homeDirectory, '.config');
}
