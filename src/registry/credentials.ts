import { hostAliases, isHub } from './address.ts';
import { findAuthEntry } from './auth/auth-entry.ts';
import { type AuthFile, readAuthFile } from './auth/auth-file.ts';
import { authFilePaths } from './auth/auth-file-paths.ts';
import { askHelper } from './auth/credential-helper.ts';
import type { CredentialStore, Credentials, Environment } from './auth/credential-types.ts';
import { remembering } from './remembering.ts';

/** The name under which docker keeps the Hub's credentials. */
const hubServer = 'https://index.docker.io/v1/';

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
  return isHub(host) ? [hubServer, ...hostAliases(host)] : [host];
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
