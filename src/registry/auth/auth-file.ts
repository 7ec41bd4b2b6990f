import { readFile } from 'node:fs/promises';
import { UserError } from '../../core/problem.ts';
import { isRecord } from '../record.ts';

/** An entry of `auths`, its fields as they stand in the file. */
export interface AuthEntry {
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
const entryFields = ['auth', 'username', 'password', 'identitytoken'] as const;

/**
 * Reads a file of credentials; `undefined` when there is none.
 *
 * @throws UserError `registry/auth-file`, which names the file and never tells what is in it
 */
export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  if (text.length > largestFile) throw broken(path, 'is larger than 1 MiB');
  const json = parsed(path, text);
  if (!isRecord(json)) throw broken(path, 'has to be a JSON object');
  const { auths, credHelpers, credsStore } = json;
  if (credsStore !== undefined && typeof credsStore !== 'string') throw broken(path, '`credsStore` has to be a name');
  return {
    path,
    auths: new Map(entriesOf(path, 'auths', auths).map(([key, value]) => [key, readEntry(path, value)])),
    credHelpers: new Map(entriesOf(path, 'credHelpers', credHelpers).map(([key, value]) => [key, helper(path, value)])),
    ...(credsStore ? { credsStore } : {}),
  };
}

/** The error for a file of credentials that cannot be used; `what` goes on from "The auth file". */
export function broken(path: string, what: string): UserError {
  const message = `The auth file ${what}.`;
  const hint = 'Put it right, or remove it and log in again with `docker login REGISTRY`.';
  return new UserError([{ code: 'registry/auth-file', severity: 'error', message, place: { file: path }, hint }]);
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw broken(path, `cannot be read (${typeof code === 'string' ? code : 'unknown error'})`);
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

function entriesOf(path: string, field: string, value: unknown): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (!isRecord(value)) throw broken(path, `has a \`${field}\` that is not an object`);
  return Object.entries(value);
}

function readEntry(path: string, value: unknown): AuthEntry {
  if (!isRecord(value)) throw broken(path, 'has an entry in `auths` that is not an object');
  const fields = entryFields.flatMap((field) => {
    const text = value[field];
    if (text === undefined || text === null || text === '') return [];
    if (typeof text !== 'string') throw broken(path, `has an entry in \`auths\` whose \`${field}\` is not text`);
    return [[field, text] as const];
  });
  return Object.fromEntries(fields);
}

function helper(path: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw broken(path, 'has an entry in `credHelpers` that is not a name');
}
