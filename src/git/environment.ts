import { defined } from '../core/defined.ts';
import type { Environment } from '../core/environment.ts';
import { userAgent } from '../core/user-agent.ts';
import type { Credentials, Remote } from './address.ts';

/** Servers know git by how this begins; libgit2 writes it so, too. */
export const gitUserAgent = `git/2.0 ${userAgent}`;

/** What any git needs of the user's environment: where programs, its settings and temporary files are. */
const always = [
  'PATH',
  'HOME',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
];

/** What git, ssh and curl need to reach a server: names, keys, proxies, certificates. Nothing of a repository is among it. */
const forServers = new Set([
  ...always,
  ...[
    'USER',
    'LOGNAME',
    'TERM',
    'DISPLAY',
    'XDG_RUNTIME_DIR',
    'DBUS_SESSION_BUS_ADDRESS',
    'GNUPGHOME',
    'GIT_EXEC_PATH',
  ],
  ...['SSH_AUTH_SOCK', 'SSH_AGENT_PID', 'SSH_ASKPASS', 'SSH_ASKPASS_REQUIRE', 'GIT_SSH', 'GIT_SSH_COMMAND'],
  ...['GIT_SSH_VARIANT', 'GIT_ASKPASS', 'GIT_PROXY_COMMAND', 'GIT_HTTP_USER_AGENT'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE'],
]);
const forServersPrefix = /^GIT_(?:PROXY_)?SSL_/;

/** Settings by `GIT_CONFIG_COUNT` that concern the way to a server, or how commits are signed. Others, such as a pager, do not belong here. */
const serverSetting =
  /^(?:http|credential|url|protocol|ssh|safe|gpg|commit\.gpgsign|user\.signingkey|core\.(?:sshcommand|askpass|gitproxy))\b/i;

/**
 * What the settings in a repository of our own must not decide, since others may have written there: a program that git
 * runs.
 */
export const noPrograms: readonly Setting[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['remote.origin.uploadpack', 'git-upload-pack'],
];

/**
 * The environment for git on a repository of our own, which asks no server. `repository` is its folder, if it is there
 * already.
 */
export function localEnvironment(env: Environment, repository?: string): Record<string, string> {
  return {
    ...pick(env, (name) => always.includes(name)),
    ...gitDirectory(repository),
    ...numbered(noPrograms),
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    LC_ALL: 'C',
  };
}

/**
 * The environment for git that talks to a server: no prompts, messages in English, and the credentials of the address,
 * which thus stand in no process list and no file.
 */
export function remoteEnvironment(env: Environment, remote: Remote, repository?: string): Record<string, string> {
  return { ...serverEnvironment(env, credentialSettings(remote)), ...gitDirectory(repository) };
}

/** A setting of git for one command. */
export type Setting = readonly [key: string, value: string];

/**
 * The environment for git on a repository of the user's, whose remotes it may talk to: nobody is asked for a password,
 * whatever core.askPass says, and no object stands in for another. `settings` come after those of the user's own
 * `GIT_CONFIG_COUNT`, since the last one of a key counts; no process list shows them.
 */
export function repositoryEnvironment(env: Environment, settings: readonly Setting[] = []): Record<string, string> {
  return { ...serverEnvironment(env, settings), GIT_ASKPASS: '', GIT_NO_REPLACE_OBJECTS: '1' };
}

function serverEnvironment(env: Environment, settings: readonly Setting[]): Record<string, string> {
  return {
    ...pick(env, (name) => forServers.has(name) || forServersPrefix.test(name)),
    ...numbered([...settingsOf(env), ...settings]),
    GIT_TERMINAL_PROMPT: '0',
    // A fetch must not start others for what it takes for missing: git can do so without end.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'http:https:ssh:git:file',
    LC_ALL: 'C',
  };
}

function pick(env: Environment, wants: (name: string) => boolean): Record<string, string> {
  const entries = Object.entries(env);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined && wants(entry[0])),
  );
}

function gitDirectory(repository: string | undefined): Record<string, string> {
  return defined({ GIT_DIR: repository });
}

function settingsOf(env: Environment): Setting[] {
  const settings: Setting[] = [];
  const count = Number(env['GIT_CONFIG_COUNT'] ?? 0);
  for (let index = 0; index < count; index++) {
    const key = env[`GIT_CONFIG_KEY_${index}`];
    if (key === undefined) break;
    if (serverSetting.test(key)) settings.push([key, env[`GIT_CONFIG_VALUE_${index}`] ?? '']);
  }
  return settings;
}

function numbered(settings: readonly Setting[]): Record<string, string> {
  if (settings.length === 0) return {};
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(pairs) };
}

/** A name without a password is for git's credential helpers to complete, as it would be in the URL. */
function credentialSettings({ url, credentials }: Remote): Setting[] {
  const origin = /^https?:\/\/[^/?#]*/.exec(url)?.[0];
  if (credentials === undefined || origin === undefined) return [];
  if (credentials.password === '') return [[`credential.${origin}.username`, credentials.username]];
  return [[`http.${origin}/.extraHeader`, `Authorization: Basic ${basic(credentials)}`]];
}

function basic({ username, password }: Credentials): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}
