import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { codeOf } from '../core/file-errors.ts';
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

/** The most that git may say on either stream, in bytes. */
const maxOutput = 100_000_000;

/**
 * Runs git as the leader of a process group that is ended as a whole: a helper for HTTP or ssh would otherwise live on, wait
 * for the server, and hold the pipes open. Gives its exit code, whatever that is, and its output. It uses what Node brings:
 * loading a library that runs processes takes as much CPU as a bare start of Node.
 *
 * @throws GitFailure where git does not start or says too much, GitStopped where it was ended
 */
export async function runGitProcess(run: GitProcess): Promise<GitResult> {
  const { input, signal, silenceMs, onStderr } = run;
  if (signal?.aborted) throw new GitStopped('aborted', signal.reason);
  const child = start(run);
  const end = (): void => endGroup(child);
  let isSilent = false;
  const stopListening = onSilence(child, silenceMs, () => {
    isSilent = true;
    end();
  });
  signal?.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  if (onStderr !== undefined) child.stderr?.on('data', (data: Buffer) => onStderr(data.toString()));
  try {
    const output = [collect(child.stdout, end), collect(child.stderr, end)] as const;
    const [ending] = await Promise.all([endOf(child), send(child.stdin, input)]);
    if (signal?.aborted) throw new GitStopped('aborted', signal.reason);
    if (isSilent) throw new GitStopped('silent');
    const [stdout, stderr] = output.map((read) => read());
    if (stdout === undefined || stderr === undefined) throw new GitFailure(undefined, 'git says too much');
    if (typeof ending === 'number') return { exitCode: ending, stdout, stderr };
    throw new GitFailure(undefined, stderr === '' ? ending : stderr);
  } finally {
    stopListening();
    signal?.removeEventListener('abort', end);
    process.off('exit', end);
  }
}

/** @throws GitFailure where the system refuses it at once, as it does for arguments that are too long */
function start({ directory, args, env, input }: GitProcess): ChildProcess {
  const stdin = input === undefined ? 'ignore' : 'pipe';
  try {
    return spawn('git', args, { cwd: directory, env, detached: true, stdio: [stdin, 'pipe', 'pipe'] });
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new GitFailure(undefined, error instanceof Error ? error.message : '');
  }
}

/** Resolves with the exit code of `child`, or with why it has none, once its pipes are closed. */
function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => resolve(code ?? `git was ended by ${signal}`));
  });
}

/** Reads a stream; gives a function for its text so far, which is undefined after more than is allowed, when `end` is called. */
function collect(stream: Readable | null, end: () => void): () => string | undefined {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    const isFirstOver = size <= maxOutput && size + chunk.length > maxOutput;
    size += chunk.length;
    if (size <= maxOutput) chunks.push(chunk);
    if (isFirstOver) end();
  });
  return () => (size > maxOutput ? undefined : Buffer.concat(chunks).toString());
}

/** Writes `input` to git, which may end before it has read all of it: then its exit code says what is wrong. */
async function send(stdin: Writable | null, input: string | undefined): Promise<void> {
  if (stdin === null || input === undefined) return;
  await new Promise<void>((resolve, reject) => {
    stdin.once('error', (error) => {
      if (['EPIPE', 'ECONNRESET'].includes(codeOf(error) ?? '')) resolve();
      else reject(error);
    });
    stdin.once('close', resolve);
    stdin.end(input);
  });
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
