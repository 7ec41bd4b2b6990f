import { execa } from 'execa';
import { UserError } from '../../core/problem.ts';
import { isRecord } from '../record.ts';
import type { Credentials, Environment } from './credential-types.ts';

/** Part of the protocol: the only way in which a helper says that it knows nothing. */
const notFound = 'credentials not found in native keychain';
const helperName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Runs `docker-credential-NAME get` with `server` on its input (docker-credential-helpers, README, "Development");
 * `undefined` when it has no credentials. `file` names the helper, for messages.
 *
 * @throws UserError `registry/credential-helper`; nothing of what the helper prints is in it
 */
export async function askHelper(
  name: string,
  server: string,
  { file, env }: { file: string; env: Environment },
): Promise<Credentials | undefined> {
  const fail = (what: string): UserError => helperError(`docker-credential-${name} ${what}.`, file);
  if (!helperName.test(name))
    throw helperError('A credential helper’s name is letters, digits, `.`, `_` or `-`.', file);
  const result = await execa(`docker-credential-${name}`, ['get'], {
    input: server,
    env: definedOnly(env),
    extendEnv: false,
    reject: false,
    timeout: 30_000,
    maxBuffer: 256 * 1024,
  });
  if (result.exitCode === 0) {
    const credentials = parseAnswer(result.stdout, `docker-credential-${name}`);
    if (credentials === undefined) throw fail('gave no credentials');
    return credentials;
  }
  if (result.stdout.trim() === notFound) return undefined;
  if (result.code === 'ENOENT') throw fail('is not installed, or not on the PATH');
  if (result.timedOut) throw fail('did not answer within 30 seconds');
  throw fail(`failed with exit code ${result.exitCode ?? result.signal ?? 'unknown'}`);
}

function parseAnswer(text: string, from: string): Credentials | undefined {
  const json = parsedJson(text);
  if (!isRecord(json)) return undefined;
  const { Username: username, Secret: secret } = json;
  if (typeof username !== 'string' || typeof secret !== 'string') return undefined;
  if (username === '<token>') return { kind: 'identity-token', token: secret, from };
  return { kind: 'password', username, password: secret, from };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What JSON.parse says quotes the text, which may hold a secret; the caller says that there are no credentials.
    return undefined;
  }
}

function definedOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

function helperError(message: string, file: string): UserError {
  const hint = 'The auth file names this helper in `credHelpers` or `credsStore`.';
  return new UserError([{ code: 'registry/credential-helper', severity: 'error', message, place: { file }, hint }]);
}
