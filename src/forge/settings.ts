import type { ForgeHost } from '../config/types.ts';
import type { Environment } from '../core/environment.ts';
import { problemError, type UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { isRepository, parseRemoteUrl, type RemoteAddress } from './address.ts';
import type { ForgeAddress } from './connection.ts';
import { type ForgePlace, findForge, variables } from './place.ts';
import { chooseToken, namingHint, notSent, setTokens, type TokenVariable } from './token.ts';
import type { ForgeKind } from './types.ts';

export interface ForgeSettings extends ForgeAddress {
  readonly kind: ForgeKind;
  /** Where the token comes from. */
  readonly variable: TokenVariable;
}

export interface SettingsInput {
  readonly env: Environment;
  /** The URL of the remote that the mirror repository is pushed to. */
  readonly remoteUrl?: string | undefined;
  /** What `update.forge` says; absent: found out. */
  readonly forge?: ForgeHost | undefined;
}

/**
 * Which forge, repository and token: what `update.forge` says, then the CI's variables, then the URL of the remote.
 * docs/update.md says which token goes where.
 *
 * @throws UserError `forge/unknown`, `forge/no-repository`, `forge/no-token`, `forge/bad-token`, `forge/bad-address`,
 *   `forge/token-withheld`
 */
export function readForgeSettings({ env, remoteUrl, forge }: SettingsInput): ForgeSettings {
  const remote = remoteUrl === undefined ? undefined : parseRemoteUrl(remoteUrl);
  const place = findForge(env, remote, forge);
  if (place === undefined) throw unknownForge(env, remote);
  const { kind, apiUrl, serverUrl } = place;
  return { kind, apiUrl, serverUrl, repository: repositoryOf(env, place), ...chooseToken(env, place) };
}

function unknownForge(env: Environment, remote: RemoteAddress | undefined): UserError {
  const tokens = setTokens(env);
  const host = remote === undefined ? undefined : new URL(remote.origin).host;
  const rule = 'It is not known which forge this repository is on';
  if (host === undefined) {
    const hint = 'Set a remote such as https://github.com/acme/mirror.git, or GITHUB_API_URL or CI_API_V4_URL.';
    return problemError('forge/unknown', `${rule}.`, undefined, hint);
  }
  const kept = tokens.length === 0 ? '' : `, so ${notSent(tokens, host)}`;
  const [likely, other] = /gitlab/.test(host) ? (['gitlab', 'github'] as const) : (['github', 'gitlab'] as const);
  const hint = `${namingHint(host, likely)} Or with \`provider: ${other}\`.`;
  return problemError('forge/unknown', `${rule}${kept}.`, host, hint);
}

/** The CI's variable names the repository that the job is of: it counts unless `update.forge` names another forge. */
function repositoryOf(env: Environment, { kind, isNamed, isOfCi, remote }: ForgePlace): string {
  const { repository: variable } = variables[kind];
  const ofCi = isNamed && !isOfCi ? undefined : env[variable];
  const text = ofCi || remote?.repository;
  const setVariable = isNamed && !isOfCi ? 'Set' : `Set ${variable}, or`;
  const hint = `${setVariable} a remote such as https://${kind}.com/acme/mirror.git.`;
  if (text === undefined) throw problemError('forge/no-repository', 'There is no remote on a forge.', undefined, hint);
  const isOne = isRepository(text) && (kind === 'gitlab' || text.split('/').length === 2);
  if (!isOne) throw problemError('forge/no-repository', 'A repository is `owner/name`.', cleanText(text), hint);
  return text;
}
