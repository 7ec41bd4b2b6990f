import { loadForge } from '../config/load.ts';
import { UserError } from '../core/problem.ts';
import { parseRemoteUrl } from '../forge/address.ts';
import { pushUrl } from '../forge/git/read.ts';
import type { PushRemote } from '../forge/git/remote.ts';
import type { Git } from '../forge/git/run.ts';
import { openForge } from '../forge/open.ts';
import { type ForgeSettings, readForgeSettings } from '../forge/settings.ts';
import { namingHint, notSent, setTokens } from '../forge/token.ts';
import type { Forge } from '../forge/types.ts';
import type { Context } from './context.ts';
import { mirrorsFile } from './workspace.ts';

/** git on the mirror repository. */
export function mirrorGit({ directory, env, signal }: Context): Git {
  return { directory, env, signal };
}

/**
 * Opens the forge that the mirror repository is on. Close it when done.
 *
 * @throws UserError as `readForgeSettings`, `loadForge` and `pushUrl` do
 */
export async function openMirrorForge(context: Context, remoteName = 'origin'): Promise<Forge> {
  const { env, homeDirectory, signal, debug } = context;
  const remoteUrl = await pushUrl(mirrorGit(context), remoteName);
  return openForge(await settingsFor(context, remoteUrl), { env, homeDirectory, signal, debug });
}

/**
 * Where the mirror repository is pushed to; undefined where there is no such remote. The forge's token goes to the
 * forge alone; for any other place the user's own credentials count.
 *
 * @throws UserError `forge/bad-token`, `forge/bad-address`, and as `loadForge` does
 */
export async function mirrorRemote(context: Context, name = 'origin'): Promise<PushRemote | undefined> {
  const url = await pushUrl(mirrorGit(context), name);
  const address = url === undefined ? undefined : parseRemoteUrl(url);
  if (url === undefined || address === undefined || address.protocol === 'ssh')
    return url === undefined ? url : { url };
  const settings = await settingsIfAny(context, url);
  if (!('token' in settings)) return { url, ...settings };
  const { host, origin } = new URL(address.origin);
  if (new URL(settings.serverUrl).origin !== origin)
    return { url, withheld: `${notSent([settings.variable], host)}. ${namingHint(host, settings.kind)}` };
  return { url, token: settings.token, ...(settings.kind === 'gitlab' ? { username: 'oauth2' } : {}) };
}

/** Which forge the remote is on. `update.forge` is read from the work tree: the base cannot be asked for before. */
async function settingsFor(context: Context, remoteUrl: string | undefined): Promise<ForgeSettings> {
  const { path, shownAs } = mirrorsFile(context);
  return readForgeSettings({ env: context.env, remoteUrl, forge: await loadForge(path, shownAs) });
}

/** What tells that no token of a forge is meant for a remote. */
const noForge = new Set(['forge/unknown', 'forge/no-repository', 'forge/no-token', 'forge/token-withheld']);

/** The settings; or that there are none, with what there is to say of tokens. */
async function settingsIfAny(
  context: Context,
  remoteUrl: string,
): Promise<ForgeSettings | Pick<PushRemote, 'withheld'>> {
  try {
    return await settingsFor(context, remoteUrl);
  } catch (error) {
    const problems = error instanceof UserError ? error.problems : [];
    const [problem] = problems;
    if (problem === undefined || !problems.every(({ code }) => noForge.has(code))) throw error;
    const hasToken = setTokens(context.env).length > 0 && problem.code !== 'forge/no-repository';
    return hasToken ? { withheld: `${problem.message} ${problem.hint ?? ''}`.trim() } : {};
  }
}
