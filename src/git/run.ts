import type { ChildProcess } from 'node:child_process';
import { execa } from 'execa';
import { GitFailure, GitStopped } from './failure.ts';

export interface GitProcess {
  readonly directory: string;
  readonly args: readonly string[];
  /** All of its environment: nothing else is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** For git's standard input. */
  readonly input?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long git may say nothing before it is ended, in milliseconds. */
  readonly silenceMs: number;
  /** Told what git says on stderr, as it comes. */
  readonly onStderr?: (text: string) => void;
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The most that git may say, in characters. */
const maxOutput = 100_000_000;

/**
 * Runs git as the leader of a process group that is ended as a whole: a helper for HTTP or ssh would otherwise live on, wait
 * for the server, and hold the pipes open. Gives its exit code, whatever that is, and its output.
 *
 * @throws GitFailure where git does not start or says too much, GitStopped where it was ended
 */
export async function runGitProcess(run: GitProcess): Promise<GitResult> {
  const { directory, args, env, input, signal, silenceMs, onStderr } = run;
  if (signal?.aborted) throw new GitStopped('aborted', signal.reason);
  const child = execa('git', args, {
    cwd: directory,
    env: { ...env },
    extendEnv: false,
    detached: true,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: maxOutput,
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
  if (onStderr !== undefined) child.stderr.on('data', (data: Buffer) => onStderr(data.toString()));
  try {
    const { exitCode, stdout, stderr, message, isMaxBuffer } = await child;
    if (signal?.aborted) throw new GitStopped('aborted', signal.reason);
    if (isSilent) throw new GitStopped('silent');
    if (isMaxBuffer) end();
    if (exitCode === undefined) throw new GitFailure(undefined, stderr === '' ? (message ?? '') : stderr);
    return { exitCode, stdout, stderr };
  } finally {
    stopListening();
    signal?.removeEventListener('abort', end);
    process.off('exit', end);
  }
}

/** How long a process group may take to end before it is killed, in milliseconds. */
const grace = 2_000;

/** Asks the process group that `child` leads to end, and kills it when it does not. */
function endGroup(child: Pick<ChildProcess, 'pid'>): void {
  if (child.pid === undefined) return;
  const { pid } = child;
  if (signalGroup(pid, 'SIGTERM')) setTimeout(() => signalGroup(pid, 'SIGKILL'), grace).unref();
}

/** Gives whether the group was still there. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Calls `act` once `child` has printed nothing for `limit` milliseconds. Returns how to stop that. */
function onSilence(child: Pick<ChildProcess, 'stdout' | 'stderr'>, limit: number, act: () => void): () => void {
  const timer = setTimeout(act, limit);
  const heard = (): void => {
    timer.refresh();
  };
  child.stdout?.on('data', heard);
  child.stderr?.on('data', heard);
  return () => clearTimeout(timer);
}
