import { execa } from 'execa';
import type { Environment } from '../../core/environment.ts';
import { endGroup, gitUserAgent, onSilence, remoteEnvironment } from '../../git/environment.ts';
import { ForgeError } from '../errors.ts';
import { interrupted } from '../transport.ts';

/** git on the repository that the mirror is kept in. */
export interface Git {
  /** The folder of the work tree, or a folder in it. */
  readonly directory: string;
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
}

export interface GitCommand {
  readonly args: readonly string[];
  readonly input?: string;
  /** Variables for this command alone. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings for this command alone. They go by the environment, so that no process list shows them. */
  readonly settings?: readonly (readonly [key: string, value: string])[];
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long git may say nothing, in milliseconds. */
const silenceMs = 120_000;

/** What must not change what a bot does: hooks and helpers of the user, and stand-ins for objects. */
const ownSettings = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.splitIndex', 'false'],
  ['index.sparse', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['i18n.commitEncoding', 'utf-8'],
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
  ['http.userAgent', gitUserAgent],
] as const;

/**
 * Runs git with a minimal environment, and gives its exit code and output. Not by simple-git, which ends git alone: here
 * git leads a process group that is ended as a whole (as in upstream/git/remote.ts).
 *
 * @throws ForgeError `forge/interrupted`, `forge/timeout` where git stays silent, `forge/git` where there is no git
 */
export async function runGit({ directory, env, signal }: Git, command: GitCommand): Promise<GitResult> {
  const request = `git ${command.args[0]}`;
  if (signal?.aborted) throw interrupted(request);
  const { args, input, env: more = {}, settings = [] } = command;
  const child = execa('git', [...ownSettings.flatMap(([key, value]) => ['-c', `${key}=${value}`]), ...args], {
    cwd: directory,
    env: { ...environment(env, settings), ...more },
    extendEnv: false,
    detached: true,
    reject: false,
    stripFinalNewline: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  const end = (): void => endGroup(child);
  let isSilent = false;
  const stopListening = onSilence(child, silenceMs, () => {
    isSilent = true;
    end();
  });
  signal?.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  try {
    const { exitCode, stdout, stderr, message } = await child;
    if (signal?.aborted) throw interrupted(request);
    if (isSilent) throw new ForgeError({ kind: 'timeout', request, summary: `silent for ${silenceMs / 1000} s.` });
    if (exitCode === undefined)
      throw new ForgeError({ kind: 'git', request, summary: 'git cannot be run.', said: message });
    return { exitCode, stdout, stderr };
  } finally {
    stopListening();
    signal?.removeEventListener('abort', end);
    process.off('exit', end);
  }
}

/** The output of a command that has no reason to fail. @throws ForgeError `forge/git` */
export async function gitOutput(git: Git, command: GitCommand): Promise<string> {
  const { exitCode, stdout, stderr } = await runGit(git, command);
  if (exitCode === 0) return stdout;
  const request = `git ${command.args[0]}`;
  throw new ForgeError({ kind: 'git', request, summary: `git ended with ${exitCode}.`, said: stderr });
}

/** Settings go before those of the user's own `GIT_CONFIG_COUNT`: a later one of the same key counts. */
function environment(env: Environment, settings: NonNullable<GitCommand['settings']>): Record<string, string> {
  const nowhere = { url: '', shown: '' };
  const base = remoteEnvironment(env, nowhere);
  const before = Number(base['GIT_CONFIG_COUNT'] ?? 0);
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${before + index}`, key],
    [`GIT_CONFIG_VALUE_${before + index}`, value],
  ]);
  const count = settings.length === 0 ? {} : { GIT_CONFIG_COUNT: String(before + settings.length) };
  // An empty GIT_ASKPASS asks nobody, whatever core.askPass says.
  return { ...base, ...count, ...Object.fromEntries(pairs), GIT_ASKPASS: '', GIT_NO_REPLACE_OBJECTS: '1' };
}
