import { attempt } from '../core/attempt.ts';
import { UserError } from '../core/problem.ts';
import { pushUrl } from '../forge/git/read.ts';
import type { PushRemote } from '../forge/git/remote.ts';
import type { Git } from '../forge/git/run.ts';
import { openForge } from '../forge/open.ts';
import { type ForgeSettings, type NamedForge, readForgeSettings } from '../forge/settings.ts';
import type { Forge } from '../forge/types.ts';
import type { Context } from './context.ts';
import { openConfig } from './workspace.ts';

/** git on the mirror repository. */
export function mirrorGit({ directory, env, signal }: Context): Git {
  return { directory, env, signal };
}

/**
 * Opens the forge that the mirror repository is on. Close it when done.
 *
 * @throws UserError as `readForgeSettings` does
 */
export async function openMirrorForge(context: Context, remoteName = 'origin'): Promise<Forge> {
  const { env, homeDirectory, signal, debug } = context;
  const remoteUrl = await pushUrl(mirrorGit(context), remoteName);
  const named = await namedForge(context);
  return openForge(readForgeSettings({ env, remoteUrl, named }), { env, homeDirectory, signal, debug });
}

/**
 * Where the mirror repository is pushed to; undefined where there is no such remote. The forge's token goes to the
 * forge alone; for any other place the user's own credentials count.
 *
 * @throws UserError `forge/bad-token`, `forge/bad-address`
 */
export async function mirrorRemote(context: Context, name = 'origin'): Promise<PushRemote | undefined> {
  const url = await pushUrl(mirrorGit(context), name);
  if (url === undefined) return undefined;
  const settings = URL.canParse(url) ? settingsIfAny(context, url, await namedForge(context)) : undefined;
  if (settings === undefined || new URL(settings.serverUrl).origin !== new URL(url).origin) return { url };
  return { url, token: settings.token, ...(settings.kind === 'gitlab' ? { username: 'oauth2' } : {}) };
}

/** What tells that no token of a forge is meant for a remote. */
const noForge = new Set(['forge/unknown', 'forge/no-repository', 'forge/no-token', 'forge/plain-http']);

function settingsIfAny({ env }: Context, remoteUrl: string, named: NamedForge | undefined): ForgeSettings | undefined {
  try {
    return readForgeSettings({ env, remoteUrl, named });
  } catch (error) {
    const isNone = error instanceof UserError && error.problems.every(({ code }) => noForge.has(code));
    if (isNone) return undefined;
    throw error;
  }
}

/** The forge that the configuration of the work tree names. What is wrong with the configuration is said by whoever needs it. */
async function namedForge(context: Context): Promise<NamedForge | undefined> {
  const config = await attempt(() => openConfig(context));
  return config.ok ? config.value.update.forge : undefined;
}
