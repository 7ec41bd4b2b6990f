import type { Environment } from '../core/environment.ts';
import { problemError, type UserError } from '../core/problem.ts';
import { isLoopback, type RemoteAddress } from './address.ts';
import { type ForgePlace, originOf, publicOrigins, variables } from './place.ts';
import type { ForgeKind } from './types.ts';

/** The variables that hold a token, the one that counts first in front. */
const tokenVariables = {
  github: ['MIRRORLOCK_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN'],
  gitlab: ['MIRRORLOCK_TOKEN', 'GITLAB_TOKEN'],
} as const satisfies Record<ForgeKind, readonly string[]>;

export type TokenVariable = (typeof tokenVariables)[ForgeKind][number];

/** Why a token stays here, and which address it is not sent to. */
export interface Withheld {
  readonly why: 'plain HTTP' | 'host' | 'remote';
  readonly origin: string;
}

/**
 * Whether the token of a variable goes to a forge: the API and the pages, which git is at too. Undefined: it does.
 *
 * - No token goes over plain HTTP, except to a loopback address.
 * - GH_TOKEN and GITHUB_TOKEN go to github.com, GITLAB_TOKEN to gitlab.com, and each to the CI that sets its address.
 * - MIRRORLOCK_TOKEN goes to these too, and to the host that `update.forge` names, while the remote is not elsewhere.
 */
function withheld(variable: TokenVariable, place: ForgePlace): Withheld | undefined {
  const { kind, remote, isNamed, isOfCi } = place;
  const origins = [place.serverUrl, place.apiUrl].map(originOf);
  const elsewhere = remote !== undefined && !isSameHost(remote, place) ? remote.origin : undefined;
  const plain = [...origins, ...(elsewhere === undefined && remote ? [remote.origin] : [])].find(isOpenToAll);
  if (plain !== undefined) return { why: 'plain HTTP', origin: plain };
  const isOwn = variable === 'MIRRORLOCK_TOKEN';
  if (elsewhere !== undefined && (isOwn || isNamed)) return { why: 'remote', origin: elsewhere };
  const isKnown = isOfCi || (isOwn && isNamed);
  const stranger = isKnown ? undefined : origins.find((origin) => !publicOrigins[kind].includes(origin));
  return stranger === undefined ? undefined : { why: 'host', origin: stranger };
}

/** Whether a remote is at a forge; by SSH, the port is another one. */
function isSameHost({ protocol, origin, host }: RemoteAddress, { serverUrl }: ForgePlace): boolean {
  const server = new URL(serverUrl);
  return protocol === 'ssh' ? host === server.hostname : new URL(origin).host === server.host;
}

function isOpenToAll(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'http:' && !isLoopback(hostname);
}

export interface ChosenToken {
  readonly variable: TokenVariable;
  readonly token: string;
}

/**
 * The first token that is set and goes to a forge. Where MIRRORLOCK_TOKEN is set and does not, no other takes its place.
 *
 * @throws UserError `forge/no-token`, `forge/bad-token`, `forge/token-withheld`
 */
export function chooseToken(env: Environment, place: ForgePlace): ChosenToken {
  const names = tokenVariables[place.kind];
  const set = names.filter((name) => env[name]?.trim());
  const [first] = set;
  if (first === undefined) throw noToken(names.filter((name) => withheld(name, place) === undefined));
  const variable = first === 'MIRRORLOCK_TOKEN' ? first : (set.find((name) => !withheld(name, place)) ?? first);
  const reason = withheld(variable, place);
  if (reason !== undefined)
    throw tokenWithheld(
      set.filter((name) => withheld(name, place)),
      reason,
      place,
    );
  const token = env[variable]?.trim() ?? '';
  // The value is not shown: it may be the secret with a line break in it.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw problemError('forge/bad-token', `${variable} holds no token: it has spaces in it.`);
  return { variable, token };
}

/** Which variables that hold a token are set, whichever forge they are for. */
export function setTokens(env: Environment): TokenVariable[] {
  const all = new Set<TokenVariable>([...tokenVariables.github, ...tokenVariables.gitlab]);
  return [...all].filter((name) => env[name]?.trim());
}

function noToken(names: readonly TokenVariable[]): UserError {
  const inWorkflow = names.includes('GITHUB_TOKEN')
    ? ' In a workflow: `env: {GITHUB_TOKEN: "${{ github.token }}"}`.'
    : '';
  const hint = `Set ${names.length > 1 ? `one of ${names.join(', ')}` : 'MIRRORLOCK_TOKEN'}.${inWorkflow}`;
  return problemError('forge/no-token', 'A token for the forge is needed.', undefined, hint);
}

/** The error for tokens that are set and not sent. */
function tokenWithheld(names: readonly TokenVariable[], { why, origin }: Withheld, place: ForgePlace): UserError {
  const { host, hostname } = new URL(origin);
  const sent = notSent(names, why === 'plain HTTP' ? origin : host);
  const { api, server } = variables[place.kind];
  if (why === 'plain HTTP') {
    const hint = `Use https:// in the address of the remote, in ${server} and in ${api}.`;
    return problemError(
      'forge/token-withheld',
      `${sent}: a token goes over plain HTTP only to a loopback address.`,
      origin,
      hint,
    );
  }
  if (why === 'remote') {
    const other = new URL(place.serverUrl).host;
    const from = place.isNamed ? '`update.forge` in mirrors.yaml names' : `${server} or ${api} names`;
    const message = `${sent}, nor to ${other}: the remote is at ${host}, and ${from} ${other}.`;
    return problemError('forge/token-withheld', message, origin, remoteHint(place, host));
  }
  const own = names.includes('MIRRORLOCK_TOKEN')
    ? `to ${place.kind}.com, the host of ${server}, and the host of \`update.forge\``
    : `to ${place.kind}.com and the host of ${server}`;
  const message = `${sent}: ${names.length > 1 ? 'they go' : 'it goes'} only ${own}.`;
  const hint = place.isNamed ? `Give the token for ${hostname} as MIRRORLOCK_TOKEN.` : namingHint(host, place.kind);
  return problemError('forge/token-withheld', message, host, hint);
}

function remoteHint(place: ForgePlace, host: string): string {
  const change = '`git remote set-url origin URL` changes the remote.';
  return `${namingHint(host, place.kind)} Or, if that is the wrong host: ${change}`;
}

/** What to write so that a host gets a token. */
export function namingHint(host: string, kind: ForgeKind): string {
  return `Write \`update: {forge: {provider: ${kind}, host: "${host}"}}\` in mirrors.yaml, and give the token for ${host} as MIRRORLOCK_TOKEN.`;
}

/** Which tokens stay here, without a full stop. */
export function notSent(names: readonly TokenVariable[], host: string): string {
  const last = names.at(-1) ?? '';
  const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${last} were` : `${last} was`;
  return `${list} not sent to ${host}`;
}
