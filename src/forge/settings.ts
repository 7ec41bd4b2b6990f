import { problemError, type UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { isRepository, parseBaseUrl, parseRemoteUrl, type RemoteAddress } from './address.ts';
import type { ForgeAddress } from './connection.ts';
import type { ForgeKind } from './types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ForgeSettings extends ForgeAddress {
  readonly kind: ForgeKind;
}

/** A forge that the configuration names (`update.forge`). */
export interface NamedForge {
  readonly provider: ForgeKind;
  /** `HOST[:PORT]`. */
  readonly host: string;
}

export interface SettingsInput {
  readonly env: Environment;
  /** The URL of the remote that the mirror repository is pushed to. */
  readonly remoteUrl?: string | undefined;
  /** What the configuration names; absent: nothing. */
  readonly named?: NamedForge | undefined;
}

interface Variables {
  readonly api: string;
  readonly server: string;
  readonly repository: string;
  /** The first that is set counts. These go to the public host, and to that of the CI's own variables. */
  readonly tokens: readonly string[];
  readonly publicHost: string;
  readonly publicApi: string;
  /** What an API's path ends with, below its server. */
  readonly apiPath: string;
}

/** Goes to whatever forge the repository is on; for one that the configuration names it is the only one. */
const ownToken = 'MIRRORLOCK_TOKEN';

/** The variables that GitHub Actions and GitLab CI set, and the tokens that people set. */
const variables: Readonly<Record<ForgeKind, Variables>> = {
  github: {
    api: 'GITHUB_API_URL',
    server: 'GITHUB_SERVER_URL',
    repository: 'GITHUB_REPOSITORY',
    tokens: [ownToken, 'GH_TOKEN', 'GITHUB_TOKEN'],
    publicHost: 'github.com',
    publicApi: 'https://api.github.com',
    apiPath: '/api/v3',
  },
  gitlab: {
    api: 'CI_API_V4_URL',
    server: 'CI_SERVER_URL',
    repository: 'CI_PROJECT_PATH',
    tokens: [ownToken, 'GITLAB_TOKEN'],
    publicHost: 'gitlab.com',
    publicApi: 'https://gitlab.com/api/v4',
    apiPath: '/api/v4',
  },
};

const kinds: readonly ForgeKind[] = ['github', 'gitlab'];

/** A forge, and which tokens are for it. */
interface Place {
  readonly kind: ForgeKind;
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly tokens: readonly string[];
}

/**
 * Which forge, repository and token. The forge is that of the CI's own variables where the remote is there (or there is no
 * remote), else the one that the configuration names, else github.com or gitlab.com by the remote. A name that only looks
 * like a forge's gets no token.
 *
 * @throws UserError `forge/unknown`, `forge/no-repository`, `forge/no-token`, `forge/bad-token`, `forge/bad-address`,
 * `forge/plain-http`
 */
export function readForgeSettings({ env, remoteUrl, named }: SettingsInput): ForgeSettings {
  const remote = remoteUrl === undefined ? undefined : parseRemoteUrl(remoteUrl);
  const { kind, serverUrl, apiUrl, tokens } = findPlace(env, remote, named);
  for (const url of [serverUrl, apiUrl]) refusePlainHttp(url);
  const isCi = serverUrl === placeOfCi(env, kind)?.serverUrl;
  const repository = repositoryOf(isCi ? env : {}, kind, remote);
  return { kind, apiUrl, serverUrl, repository, token: tokenOf(env, kind, tokens, new URL(serverUrl).host) };
}

function findPlace(env: Environment, remote: RemoteAddress | undefined, named: NamedForge | undefined): Place {
  const ofCi = kinds.map((kind) => placeOfCi(env, kind)).find((place) => place !== undefined);
  if (ofCi !== undefined && (remote === undefined || isAt(remote, ofCi.serverUrl))) return ofCi;
  if (named !== undefined) return placeOfName(named, remote);
  const publicKind = kinds.find((kind) => variables[kind].publicHost === remote?.host);
  if (publicKind !== undefined) return publicPlace(publicKind);
  if (ofCi !== undefined) return ofCi;
  const kept = [...new Set(kinds.flatMap((kind) => variables[kind].tokens))].filter((name) => env[name]?.trim());
  const withheld =
    kept.length === 0 ? '' : ` ${kept.join(' and ')} ${kept.length === 1 ? 'was' : 'were'} not sent there.`;
  const hint = `Name it in mirrors.yaml: \`update: {forge: {provider: github, host: ${remote?.host ?? 'HOST'}}}\` (or gitlab); it gets ${ownToken} only.`;
  throw problemError(
    'forge/unknown',
    `It is not known which forge this repository is on.${withheld}`,
    remote?.host,
    hint,
  );
}

/** The forge of the job that this runs in. */
function placeOfCi(env: Environment, kind: ForgeKind): Place | undefined {
  const { api, server, tokens, publicApi, publicHost, apiPath } = variables[kind];
  const apiUrl = env[api] ? parseBaseUrl(env[api], api) : undefined;
  const serverUrl = env[server] ? parseBaseUrl(env[server], server) : undefined;
  if (apiUrl === undefined && serverUrl === undefined) return undefined;
  const isPublic = (serverUrl ?? apiUrl) === `https://${publicHost}` || apiUrl === publicApi;
  return {
    kind,
    tokens,
    serverUrl: serverUrl ?? (isPublic ? `https://${publicHost}` : new URL(apiUrl ?? '').origin),
    apiUrl: apiUrl ?? (isPublic ? publicApi : `${new URL(serverUrl ?? '').origin}${apiPath}`),
  };
}

function publicPlace(kind: ForgeKind): Place {
  const { tokens, publicApi, publicHost } = variables[kind];
  return { kind, tokens, serverUrl: `https://${publicHost}`, apiUrl: publicApi };
}

function placeOfName({ provider: kind, host }: NamedForge, remote: RemoteAddress | undefined): Place {
  const { publicHost, apiPath } = variables[kind];
  if (host === publicHost) return publicPlace(kind);
  // Plain HTTP is refused later, but on the loopback.
  const isPlain = remote !== undefined && isAt(remote, `http://${host}`) && remote.origin.startsWith('http:');
  const serverUrl = `${isPlain ? 'http' : 'https'}://${host}`;
  return { kind, tokens: [ownToken], serverUrl, apiUrl: `${serverUrl}${apiPath}` };
}

function isAt(remote: RemoteAddress, serverUrl: string): boolean {
  const { host, hostname } = new URL(serverUrl);
  // A remote by ssh has a port of its own.
  return remote.isSsh ? remote.host === hostname : new URL(remote.origin).host === host;
}

/** @throws UserError `forge/plain-http` */
function refusePlainHttp(url: string): void {
  const { protocol, hostname, host } = new URL(url);
  if (protocol === 'https:' || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)) return;
  const message = 'The token of a forge is not sent over plain HTTP, where others can read it.';
  throw problemError('forge/plain-http', message, host, 'Let the forge, the remote and the CI use https.');
}

function repositoryOf(env: Environment, kind: ForgeKind, remote: RemoteAddress | undefined): string {
  const { repository: variable } = variables[kind];
  const text = env[variable] || remote?.repository;
  const hint = `Set ${variable}, or a remote such as https://${kind}.com/acme/mirror.git.`;
  if (text === undefined) throw problemError('forge/no-repository', 'There is no remote on a forge.', undefined, hint);
  const isOne = isRepository(text) && (kind === 'gitlab' || text.split('/').length === 2);
  if (!isOne) throw problemError('forge/no-repository', 'A repository is `owner/name`.', cleanText(text), hint);
  return text;
}

function tokenOf(env: Environment, kind: ForgeKind, names: readonly string[], host: string): string {
  const name = names.find((one) => env[one]?.trim());
  if (name === undefined) throw noToken(env, kind, names, host);
  const token = env[name]?.trim() ?? '';
  // The value is not shown: it may be the secret with a line break in it.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw problemError('forge/bad-token', `${name} does not hold a token: it has spaces in it.`);
  return token;
}

function noToken(env: Environment, kind: ForgeKind, names: readonly string[], host: string): UserError {
  const withheld = variables[kind].tokens.filter((one) => !names.includes(one) && env[one]?.trim());
  const hint =
    names.length > 1
      ? `Set one of ${names.join(', ')}. In a workflow: \`env: {GITHUB_TOKEN: "\${{ github.token }}"}\`.`
      : `Set ${ownToken}, the only one that goes to a host that the configuration names.`;
  const kept =
    withheld.length === 0 ? '' : ` ${withheld.join(' and ')} ${withheld.length === 1 ? 'is' : 'are'} not sent there.`;
  return problemError('forge/no-token', `A token for the forge is needed.${kept}`, host, hint);
}
