import { withoutCredentials } from '../../git/address.ts';
import type { GitResult } from '../../git/run.ts';
import { keepSecret } from '../secret.ts';
import { type Git, type GitCommand, runGit } from './run.ts';

/** Where a mirror repository is pushed to. */
export interface PushRemote {
  /** A URL without credentials (https, http, ssh), or a path. */
  readonly url: string;
  /** For http and https: goes by the environment, and only to this URL. Without it, the user's own credentials count. */
  readonly token?: string;
  /** The name that goes with the token: GitHub takes any, GitLab any but none. */
  readonly username?: string;
  /** Which token is there and does not go to this remote, and why; for errors. */
  readonly withheld?: string;
}

/**
 * Runs a git command that talks to the remote. The token is in no argument, no file and no output, and goes to no other
 * origin: git repeats a header of its settings wherever a redirect leads, so with a header it follows none. Where the
 * remote answers with one, the command runs again and follows it, and git asks for the token where the remote's own origin
 * answers 401.
 */
export async function runAtRemote(git: Git, remote: PushRemote, command: GitCommand): Promise<GitResult> {
  const hide = keepSecret(remote.token ?? '');
  const clean = (text: string): string => hide.inText(withoutCredentials(text));
  const run = async (way: Pick<GitCommand, 'settings' | 'env'>): Promise<GitResult> => {
    const { exitCode, stdout, stderr } = await runGit(git, { ...command, ...way });
    return { exitCode, stdout: clean(stdout), stderr: clean(stderr) };
  };
  const origin = /^https?:\/\/[^/]+/i.exec(remote.url)?.[0];
  if (remote.token === undefined || origin === undefined) return run({});
  const credentials = { url: remote.url, origin, username: remote.username ?? 'x-access-token', token: remote.token };
  const result = await run({ settings: headerSettings(credentials) });
  if (result.exitCode === 0 || !isRedirected(result)) return result;
  return run({ settings: helperSettings(credentials), env: { [passwordVariable]: remote.token } });
}

interface Credentials {
  readonly url: string;
  readonly origin: string;
  readonly username: string;
  readonly token: string;
}

type Settings = NonNullable<GitCommand['settings']>;

const passwordVariable = 'MIRRORLOCK_GIT_PASSWORD';

/** git's words for a redirect that it does not follow (http.c, handle_curl_result). */
function isRedirected({ stderr }: GitResult): boolean {
  return /The requested URL returned error: 30[12378]\b/.test(stderr);
}

/**
 * The whole URL is the most specific key there is, so that these come after what the repository's own settings say
 * (actions/checkout leaves an `extraheader` there): an empty value first forgets those, since GitHub refuses two.
 * Credential helpers and prompts are left out.
 */
function headerSettings({ url, username, token }: Credentials): Settings {
  const basic = Buffer.from(`${username}:${token}`).toString('base64');
  return [
    [`http.${url}.extraHeader`, ''],
    [`http.${url}.extraHeader`, `Authorization: Basic ${basic}`],
    [`http.${url}.followRedirects`, 'false'],
    ['credential.helper', ''],
  ];
}

/** git asks a helper with the host that it is at, and this one answers for the remote's origin only. */
function helperSettings({ url, origin, username }: Credentials): Settings {
  const helper = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' ${username} "$${passwordVariable}"; }; f`;
  return [
    [`http.${url}.extraHeader`, ''],
    [`http.${url}.followRedirects`, 'initial'],
    ['credential.helper', ''],
    [`credential.${origin}.helper`, ''],
    [`credential.${origin}.helper`, helper],
  ];
}
