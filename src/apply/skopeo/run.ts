import { join } from 'node:path';
import { execa } from 'execa';

/** How long a skopeo that was asked to stop may take (ms). */
const killDelay = 5_000;

export interface SkopeoProcess {
  /** The program's name or path. */
  readonly program: string;
  /** The environment, which names the auth file; nothing else of this process's is passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** The folder that it runs in; absent: this process's. */
  readonly directory?: string;
  /** Each line of skopeo's log, for `--verbose`, without the secrets that addresses hold. */
  readonly onLine?: (line: string) => void;
}

/** Runs skopeo to its end. Gives `undefined` where it succeeded, else how it ended; throws the signal's reason. */
export async function runSkopeo(
  args: readonly string[],
  { program, env, signal, directory }: SkopeoProcess,
  read: (line: string) => void,
): Promise<string | undefined> {
  const child = execa(program, args, {
    env: { ...authEnvironment(env), ...noCache },
    extendEnv: false,
    ...(directory === undefined ? {} : { cwd: directory }),
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

/** Skopeo before 1.11 does not read DOCKER_CONFIG: the file is named to it as REGISTRY_AUTH_FILE, which it does read. */
function authEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  if (env['REGISTRY_AUTH_FILE'] !== undefined || env['DOCKER_CONFIG'] === undefined) return { ...env };
  return { ...env, REGISTRY_AUTH_FILE: join(env['DOCKER_CONFIG'], 'config.json') };
}

/**
 * Keeps skopeo's blob-info cache in memory: on disk it waits for the disk with each blob, a third of an apply's time. Its
 * folder is below XDG_DATA_HOME, but for root below /var/lib unless it is told of another user; where it cannot be made,
 * there is none (containers/image, pkg/blobinfocache/default.go).
 */
const noCache: Readonly<Record<string, string>> = { XDG_DATA_HOME: '/dev/null', _CONTAINERS_ROOTLESS_UID: '65534' };
