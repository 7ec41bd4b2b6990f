import { execa } from 'execa';
import * as v from 'valibot';
import type { Environment } from '../../core/environment.ts';
import { UserError } from '../../core/problem.ts';
import { objectOf, shapeOf } from '../../core/shape.ts';
import { hostAliases, hubCredentialsKey, isHub } from '../hub.ts';
import { remembering } from '../remembering.ts';
import { type AuthFile, authFilePaths, findAuthEntry, readAuthFile } from './auth-file.ts';
import type { CredentialStore, Credentials } from './credential-types.ts';

/**
 * Finds credentials in the auth files of skopeo and docker and in the credential helpers that these name. A file is read
 * when first needed, and once; a helper is asked once for a registry, unless asked to renew.
 *
 * @param userId the user whose file skopeo writes where there is no `$XDG_RUNTIME_DIR`, as in most containers
 */
export function credentialStore(
  env: Environment,
  homeDirectory: string,
  userId: number | undefined = process.getuid?.(),
): CredentialStore {
  const files = remembering<AuthFile | undefined>();
  const answers = remembering<Credentials | undefined>();

  const ask = ({ name, server, file }: HelperQuestion, renew: boolean): Promise<Credentials | undefined> => {
    const key = JSON.stringify([name, server]);
    if (renew) answers.forget(key);
    return answers.get(key, () => askHelper(name, server, { file, env }));
  };

  const findInFile = async (file: AuthFile, host: string, repository: string, renew: boolean) => {
    const own = helpersFor(file, host);
    if (own.length > 0) return firstFound(own, (question) => ask(question, renew));
    return (
      findAuthEntry(file, host, repository) ?? firstFound(storesFor(file, host), (question) => ask(question, renew))
    );
  };

  return {
    async find(host, repository, { renew = false } = {}) {
      const paths = authFilePaths(env, homeDirectory, userId);
      return firstFound(paths, async (path) => {
        const file = await files.get(path, () => readAuthFile(path));
        return file === undefined ? undefined : findInFile(file, host, repository, renew);
      });
    },
  };
}

interface HelperQuestion {
  readonly name: string;
  /** What the helper is asked for. */
  readonly server: string;
  readonly file: string;
}

/** The helpers of `credHelpers`, each asked for the name that stands there. They go before `auths`. */
function helpersFor(file: AuthFile, host: string): HelperQuestion[] {
  return serverNames(host).flatMap((server) => {
    const name = file.credHelpers.get(server);
    return name === undefined ? [] : [{ name, server, file: file.path }];
  });
}

/** The helper of `credsStore`, which knows the Hub by docker's name for it, or by skopeo's. */
function storesFor({ credsStore: name, path }: AuthFile, host: string): HelperQuestion[] {
  return name === undefined ? [] : serverNames(host).map((server) => ({ name, server, file: path }));
}

function serverNames(host: string): readonly string[] {
  return isHub(host) ? [hubCredentialsKey, ...hostAliases(host)] : [host];
}

async function firstFound<A, T>(
  items: readonly A[],
  find: (item: A) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const item of items) {
    const found = await find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Part of the protocol: the only way in which a helper says that it knows nothing. */
const notFound = 'credentials not found in native keychain';
const helperName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Runs `docker-credential-NAME get` with `server` on its input (docker-credential-helpers, README, "Development");
 * `undefined` when it has no credentials. `file` names the helper, for messages.
 *
 * @throws UserError `registry/credential-helper`; nothing of what the helper prints is in it
 */
async function askHelper(
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

/** What `docker-credential-NAME get` prints. */
const answerShape = objectOf({ Username: v.string(), Secret: v.string() });

function parseAnswer(text: string, from: string): Credentials | undefined {
  const answer = shapeOf(answerShape, parsedJson(text));
  if (answer === undefined) return undefined;
  const { Username: username, Secret: secret } = answer;
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
