import { withoutCredentials } from '../../upstream/git/address.ts';
import { keepSecret } from '../secret.ts';
import { type Git, type GitCommand, type GitResult, runGit } from './run.ts';

/** Where a mirror repository is pushed to. */
export interface PushRemote {
  /** A URL without credentials (https, http, ssh), or a path. */
  readonly url: string;
  /** For http and https: goes by the environment, and to this URL alone. Without it, the user's own credentials count. */
  readonly token?: string;
  /** The name that goes with the token: GitHub takes any, GitLab any but none. */
  readonly username?: string;
}

/** Runs a git command that talks to the remote. The token is in no argument, no file, and no output. */
export async function runAtRemote(git: Git, remote: PushRemote, command: GitCommand): Promise<GitResult> {
  const { exitCode, stdout, stderr } = await runGit(git, { ...command, settings: credentialSettings(remote) });
  const hide = keepSecret(remote.token ?? '');
  const clean = (text: string): string => hide.inText(withoutCredentials(text));
  return { exitCode, stdout: clean(stdout), stderr: clean(stderr) };
}

/**
 * The settings that bring the token. The whole URL is the most specific key there is, so that they come after what the
 * repository's own settings say (actions/checkout leaves an `extraheader` there): an empty value first forgets those,
 * since GitHub refuses two. Credential helpers and prompts are left out.
 */
function credentialSettings({ url, token, username = 'x-access-token' }: PushRemote): [key: string, value: string][] {
  if (token === undefined || !/^https?:/.test(url)) return [];
  const basic = Buffer.from(`${username}:${token}`).toString('base64');
  return [
    [`http.${url}.extraHeader`, ''],
    [`http.${url}.extraHeader`, `Authorization: Basic ${basic}`],
    ['credential.helper', ''],
  ];
}
