import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import semver from 'semver';
import type { Environment } from '../../core/environment.ts';

/** How long a skopeo that was asked to stop may take (ms). */
const killDelay = 5_000;
/** The first skopeo that reads `DOCKER_CONFIG` (containers/image 5.24). */
const readsDockerConfig = '1.11.0';

export interface SkopeoProcess {
  /** The program's name or path. */
  readonly program: string;
  /** The environment; nothing else of this process's is passed on. */
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Runs skopeo to its end. Gives `undefined` where it succeeded, else how it ended; throws the signal's reason. */
export async function runSkopeo(
  args: readonly string[],
  { program, env, signal }: SkopeoProcess,
  read: (line: string) => void,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const child = execa(program, args, {
    env: { ...env, ...noCache },
    extendEnv: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    stdout: 'ignore',
    cancelSignal: signal,
    forceKillAfterDelay: killDelay,
  });
  for await (const line of child.iterable({ from: 'stderr' })) read(line);
  const { failed, exitCode, signal: killedBy, originalMessage } = await child;
  signal.throwIfAborted();
  if (!failed) return undefined;
  if (killedBy !== undefined) return `skopeo was ended by ${killedBy}`;
  return exitCode === undefined
    ? `skopeo cannot be run (${originalMessage})`
    : `skopeo ended with exit code ${exitCode}`;
}

/**
 * The environment for a skopeo of a version. An older one does not read `DOCKER_CONFIG`: that file is named to it, unless
 * the operator names another one, or has logged in by skopeo, whose file it would hide.
 */
export function skopeoEnvironment(env: Environment, version: string, exists = existsSync): Environment {
  const { REGISTRY_AUTH_FILE: named, DOCKER_CONFIG: docker, XDG_RUNTIME_DIR: runtime } = env;
  if (named || !docker || semver.gte(version, readsDockerConfig)) return env;
  if (runtime && exists(join(runtime, 'containers', 'auth.json'))) return env;
  return { ...env, REGISTRY_AUTH_FILE: join(docker, 'config.json') };
}

/**
 * Keeps skopeo's blob-info cache in memory: on disk it waits for the disk with each blob. Its folder is below
 * XDG_DATA_HOME, but for root below /var/lib unless another user is named; where the folder cannot be made, there is
 * no file (containers/image, pkg/blobinfocache/default.go).
 */
const noCache: Readonly<Record<string, string>> = { XDG_DATA_HOME: '/dev/null', _CONTAINERS_ROOTLESS_UID: '65534' };
