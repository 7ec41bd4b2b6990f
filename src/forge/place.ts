import type { ForgeHost } from '../config/types.ts';
import type { Environment } from '../core/environment.ts';
import { isLoopback, parseBaseUrl, type RemoteAddress } from './address.ts';
import type { ForgeKind } from './types.ts';

/** Where a forge is, and why. */
export interface ForgePlace {
  readonly kind: ForgeKind;
  readonly apiUrl: string;
  readonly serverUrl: string;
  /** Whether the CI's own variables say so. */
  readonly isOfCi: boolean;
  /** Whether `update.forge` says so. */
  readonly isNamed: boolean;
  readonly remote: RemoteAddress | undefined;
}

interface Variables {
  readonly api: string;
  readonly server: string;
  readonly repository: string;
}

/** The variables that GitHub Actions and GitLab CI set. */
export const variables: Readonly<Record<ForgeKind, Variables>> = {
  github: { api: 'GITHUB_API_URL', server: 'GITHUB_SERVER_URL', repository: 'GITHUB_REPOSITORY' },
  gitlab: { api: 'CI_API_V4_URL', server: 'CI_SERVER_URL', repository: 'CI_PROJECT_PATH' },
};

/** The forges that everybody knows: the origins of their pages and of their APIs. */
export const publicOrigins: Readonly<Record<ForgeKind, readonly string[]>> = {
  github: ['https://github.com', 'https://api.github.com'],
  gitlab: ['https://gitlab.com'],
};

/**
 * Where the forge is: what `update.forge` says, else the CI's variables, else the remote. Undefined where nothing tells.
 * Whether a token goes there is another question.
 *
 * @throws UserError `forge/bad-address` for a variable that is not an address
 */
export function findForge(
  env: Environment,
  remote: RemoteAddress | undefined,
  named: ForgeHost | undefined,
): ForgePlace | undefined {
  if (named !== undefined) return namedPlace(env, remote, named);
  const kind = kindOf(env, remote);
  if (kind === undefined) return undefined;
  const ofCi = ciPlace(env, kind);
  if (ofCi !== undefined) return { kind, ...ofCi, isOfCi: true, isNamed: false, remote };
  const serverUrl = remote?.origin ?? `https://${kind}.com`;
  return { kind, serverUrl, apiUrl: apiOf(kind, serverUrl), isOfCi: false, isNamed: false, remote };
}

function namedPlace(
  env: Environment,
  remote: RemoteAddress | undefined,
  { provider: kind, host }: ForgeHost,
): ForgePlace {
  const plain = `http://${host}`;
  const isPlain = remote?.origin === plain && isLoopback(remote.host);
  const serverUrl = isPlain ? plain : new URL(`https://${host}`).origin;
  const ofCi = ciPlace(env, kind);
  const isOfCi = ofCi !== undefined && originOf(ofCi.serverUrl) === serverUrl;
  const urls = isOfCi ? ofCi : { serverUrl, apiUrl: apiOf(kind, serverUrl) };
  return { kind, ...urls, isOfCi, isNamed: true, remote };
}

/** A server's name says less than the remote: other programs read GITHUB_SERVER_URL, too. */
function kindOf(env: Environment, remote: RemoteAddress | undefined): ForgeKind | undefined {
  const kinds = ['github', 'gitlab'] as const;
  const isSet = (name: keyof Variables) => (kind: ForgeKind) => Boolean(env[variables[kind][name]]);
  const inCi = kinds.find((kind) => isSet('repository')(kind) || isSet('api')(kind));
  return inCi ?? kinds.find((kind) => remote?.host === `${kind}.com`) ?? kinds.find(isSet('server'));
}

/** What the CI's variables say; where one of the two addresses is missing, it follows from the other. */
function ciPlace(env: Environment, kind: ForgeKind): Pick<ForgePlace, 'apiUrl' | 'serverUrl'> | undefined {
  const { api, server } = variables[kind];
  const read = (name: string) => (env[name] ? parseBaseUrl(env[name], name) : undefined);
  const [apiUrl, serverUrl] = [read(api), read(server)];
  if (serverUrl !== undefined) return { serverUrl, apiUrl: apiUrl ?? apiOf(kind, originOf(serverUrl)) };
  return apiUrl === undefined ? undefined : { apiUrl, serverUrl: serverOf(kind, apiUrl) };
}

/** GitHub's documentation, "About the REST API": github.com and ghe.com have hosts for the API, other servers a path. */
function apiOf(kind: ForgeKind, origin: string): string {
  if (kind === 'gitlab') return `${origin}/api/v4`;
  const { protocol, hostname, host } = new URL(origin);
  const hasOwnHost = origin === 'https://github.com' || hostname.endsWith('.ghe.com');
  return hasOwnHost ? `${protocol}//api.${host}` : `${origin}/api/v3`;
}

function serverOf(kind: ForgeKind, apiUrl: string): string {
  const { protocol, hostname, host, origin } = new URL(apiUrl);
  const isOwnHost = kind === 'github' && (host === 'api.github.com' || /^api\..*\.ghe\.com$/.test(hostname));
  return isOwnHost ? `${protocol}//${host.slice('api.'.length)}` : origin;
}

export function originOf(url: string): string {
  return new URL(url).origin;
}
