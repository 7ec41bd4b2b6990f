import { problemError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { isRepository, parseBaseUrl, parseRemoteUrl, type RemoteAddress } from './address.ts';
import type { ForgeAddress } from './connection.ts';
import type { ForgeKind } from './types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ForgeSettings extends ForgeAddress {
  readonly kind: ForgeKind;
}

export interface SettingsInput {
  readonly env: Environment;
  /** The URL of the remote that the mirror repository is pushed to. */
  readonly remoteUrl?: string | undefined;
  /** What `ci.provider` says; absent: found out. */
  readonly provider?: ForgeKind | undefined;
}

interface Variables {
  readonly api: string;
  readonly server: string;
  readonly repository: string;
  /** The first that is set counts. */
  readonly tokens: readonly string[];
  /** Where the API is at a server. */
  readonly apiOf: (origin: string, host: string) => string;
}

/** The variables that GitHub Actions and GitLab CI set, and the tokens that people set. */
const variables: Readonly<Record<ForgeKind, Variables>> = {
  github: {
    api: 'GITHUB_API_URL',
    server: 'GITHUB_SERVER_URL',
    repository: 'GITHUB_REPOSITORY',
    tokens: ['MIRRORLOCK_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN'],
    apiOf: (origin, host) => (host === 'github.com' ? 'https://api.github.com' : `${origin}/api/v3`),
  },
  gitlab: {
    api: 'CI_API_V4_URL',
    server: 'CI_SERVER_URL',
    repository: 'CI_PROJECT_PATH',
    tokens: ['MIRRORLOCK_TOKEN', 'GITLAB_TOKEN'],
    apiOf: (origin) => `${origin}/api/v4`,
  },
};

/**
 * Which forge, repository and token: what the variables say, and for the rest the URL of the remote.
 *
 * @throws UserError `forge/unknown`, `forge/no-repository`, `forge/no-token`, `forge/bad-token`, `forge/bad-address`
 */
export function readForgeSettings({ env, remoteUrl, provider }: SettingsInput): ForgeSettings {
  const remote = remoteUrl === undefined ? undefined : parseRemoteUrl(remoteUrl);
  const kind = provider ?? kindOf(env, remote);
  const names = variables[kind];
  const serverUrl = parseBaseUrl(env[names.server] || remote?.origin || `https://${kind}.com`, names.server);
  const { origin, hostname } = new URL(serverUrl);
  const apiUrl = parseBaseUrl(env[names.api] || names.apiOf(origin, hostname), names.api);
  return { kind, apiUrl, serverUrl, repository: repositoryOf(env, kind, remote), token: tokenOf(env, names.tokens) };
}

function kindOf(env: Environment, remote: RemoteAddress | undefined): ForgeKind {
  if (env['GITHUB_REPOSITORY'] || env['GITHUB_API_URL']) return 'github';
  if (env['CI_PROJECT_PATH'] || env['CI_API_V4_URL']) return 'gitlab';
  if (/(?:^|\.)gitlab\./.test(remote?.host ?? '')) return 'gitlab';
  if (/(?:^|\.)github\./.test(remote?.host ?? '')) return 'github';
  const hint = 'Set `ci.provider` to `github` or `gitlab`, or GITHUB_API_URL or CI_API_V4_URL.';
  throw problemError('forge/unknown', 'It is not known which forge this repository is on.', remote?.host, hint);
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

function tokenOf(env: Environment, names: readonly string[]): string {
  const name = names.find((one) => env[one]?.trim());
  const hint = `Set one of ${names.join(', ')}. In a workflow: \`env: {GITHUB_TOKEN: "\${{ github.token }}"}\`.`;
  if (name === undefined) throw problemError('forge/no-token', 'A token for the forge is needed.', undefined, hint);
  const token = env[name]?.trim() ?? '';
  // The value is not shown: it may be the secret with a line break in it.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw problemError('forge/bad-token', `${name} holds no token: it has spaces in it.`);
  return token;
}
