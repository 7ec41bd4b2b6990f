import type { Environment } from '../../core/environment.ts';
import type { Remote } from '../../git/address.ts';
import { gitUserAgent, noPrograms, remoteEnvironment } from '../../git/environment.ts';
import { GitFailure, GitStopped } from '../../git/failure.ts';
import { runGitProcess } from '../../git/run.ts';
import { interruptedError, silenceError } from './failure.ts';

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
  ...noPrograms.map(([key, value]) => `${key}=${value}`),
];

/**
 * Runs a git command that may talk to a server, and gives its output. Throws GitFailure, and a UserError
 * `upstream/interrupted` or, where git stays silent for too long, `upstream/unreachable`.
 */
export async function runRemote(git: RemoteGit, { args, repository, input }: RemoteCommand): Promise<string> {
  const { directory, signal, silenceLimit } = git;
  try {
    const { exitCode, stdout, stderr } = await runGitProcess({
      directory,
      args: [...settings.flatMap((setting) => ['-c', setting]), ...args],
      env: remoteEnvironment(git.env, git.remote, repository),
      input,
      signal,
      silenceMs: silenceLimit,
      onStderr: (text) => reportProgress(text, git.onProgress),
    });
    if (exitCode !== 0) throw new GitFailure(exitCode, stderr);
    return stdout;
  } catch (error) {
    if (!(error instanceof GitStopped)) throw error;
    throw error.reason === 'aborted' ? interruptedError(error) : silenceError(git.remote, silenceLimit);
  }
}

function reportProgress(text: string, report: (text: string) => void): void {
  const last = [...text.matchAll(/(\w[\w ]+):\s+(\d+)%/g)].at(-1);
  if (last !== undefined) report(`${last[1]}: ${last[2]} %`);
}
