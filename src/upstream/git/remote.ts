import { execa } from 'execa';
import type { Remote } from '../../git/address.ts';
import { type Environment, endGroup, gitUserAgent, onSilence, remoteEnvironment } from '../../git/environment.ts';
import { GitFailure, interruptedError, silenceError } from './failure.ts';

/** git that talks to a server. */
export interface RemoteGit {
  readonly remote: Remote;
  /** The folder to run in. */
  readonly directory: string;
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  /** How long git may say nothing before it is ended, in milliseconds. */
  readonly silenceLimit: number;
  /** Told what git is at, such as `Receiving objects: 50%`. */
  readonly onProgress: (text: string) => void;
}

export interface RemoteCommand {
  readonly args: readonly string[];
  /** The folder of the repository, where the command is about one. */
  readonly repository?: string;
  /** For git's standard input. */
  readonly input?: string;
}

/** What is a stalled transfer to curl, no work of its own for git while it fetches, and who asks. */
const settings = [
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
  'gc.auto=0',
  'maintenance.auto=false',
  `http.userAgent=${gitUserAgent}`,
];

/**
 * Runs a git command that may talk to a server, and gives its output. Throws GitFailure, and a UserError
 * `upstream/interrupted` or, where git stays silent for too long, `upstream/unreachable`.
 *
 * Not by simple-git: it ends git alone, whose helper for HTTP then lives on, waits for the server, and holds the pipes
 * open. Here git has a process group of its own, which is ended as a whole.
 */
export async function runRemote(git: RemoteGit, { args, repository, input }: RemoteCommand): Promise<string> {
  if (git.signal?.aborted) throw interruptedError();
  const child = execa('git', [...settings.flatMap((setting) => ['-c', setting]), ...args], {
    cwd: git.directory,
    env: remoteEnvironment(git.env, git.remote, repository),
    extendEnv: false,
    detached: true,
    reject: false,
    stripFinalNewline: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  const end = (): void => endGroup(child);
  let silent = false;
  const stopListening = onSilence(child, git.silenceLimit, () => {
    silent = true;
    end();
  });
  git.signal?.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  child.stderr.on('data', (data: Buffer) => reportProgress(data.toString(), git.onProgress));
  try {
    const { exitCode, stdout, stderr, message } = await child;
    if (git.signal?.aborted) throw interruptedError();
    if (silent) throw silenceError(git.remote, git.silenceLimit);
    if (exitCode !== 0) throw new GitFailure(exitCode ?? -1, stderr === '' ? (message ?? '') : stderr);
    return stdout;
  } finally {
    stopListening();
    git.signal?.removeEventListener('abort', end);
    process.off('exit', end);
  }
}

function reportProgress(text: string, report: (text: string) => void): void {
  const last = [...text.matchAll(/(\w[\w ]+):\s+(\d+)%/g)].at(-1);
  if (last !== undefined) report(`${last[1]}: ${last[2]} %`);
}
