import type { SimpleGit } from 'simple-git';
import type { Environment } from '../../core/environment.ts';
import { gitUserAgent, repositoryEnvironment, type Setting } from '../../git/environment.ts';
import { GitFailure, GitStopped } from '../../git/failure.ts';
import { inRepository } from '../../git/local.ts';
import { repositoryProblem } from '../../git/problem.ts';
import { type GitResult, runGitProcess } from '../../git/run.ts';
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
  /** Variables only for this command. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings only for this command. They go by the environment, so that no process list shows them. */
  readonly settings?: readonly Setting[];
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
 * Runs git with a minimal environment, and gives its exit code and output.
 *
 * @throws UserError `git/missing`, `git/foreign-repository`, `git/partial-clone`; ForgeError `forge/interrupted`,
 *   `forge/timeout` where git stays silent, `forge/git` where it does not run
 */
export async function runGit({ directory, env, signal }: Git, command: GitCommand): Promise<GitResult> {
  const { args, input, env: more, settings } = command;
  try {
    const result = await runGitProcess({
      directory,
      args: [...ownSettings.flatMap(([key, value]) => ['-c', `${key}=${value}`]), ...args],
      env: { ...repositoryEnvironment(env, settings), ...more },
      input,
      signal,
      silenceMs,
    });
    const problem = result.exitCode === 0 ? undefined : repositoryProblem(result, directory);
    if (problem !== undefined) throw problem;
    return result;
  } catch (error) {
    throw forgeErrorOf(error, `git ${args[0]}`, directory);
  }
}

/** The output of a command that has no reason to fail. @throws ForgeError `forge/git`, and as {@link runGit} does */
export async function gitOutput(git: Git, command: GitCommand): Promise<string> {
  const { exitCode, stdout, stderr } = await runGit(git, command);
  if (exitCode === 0) return stdout;
  throw forgeErrorOf(new GitFailure(exitCode, stderr), `git ${command.args[0]}`, git.directory);
}

/**
 * Runs `work`, which only reads the repository, with simple-git, and gives what it gives; `command` names it for errors.
 *
 * @throws ForgeError `forge/interrupted`, `forge/git`
 */
export async function readGit<Output>(
  { directory, env, signal }: Git,
  command: string,
  work: (git: SimpleGit) => PromiseLike<Output>,
): Promise<Output> {
  try {
    return await inRepository({ directory, variables: repositoryEnvironment(env), signal }, work);
  } catch (error) {
    throw forgeErrorOf(error, `git ${command}`, directory);
  }
}

function forgeErrorOf(error: unknown, request: string, directory: string): unknown {
  if (error instanceof GitStopped && error.reason === 'aborted') return interrupted(request);
  if (error instanceof GitStopped)
    return new ForgeError({ kind: 'timeout', request, summary: `silent for ${silenceMs / 1000} s.` });
  if (!(error instanceof GitFailure)) return error;
  const problem = repositoryProblem(error, directory);
  if (problem !== undefined) return problem;
  const { exitCode, stderr } = error;
  const summary = exitCode === undefined ? 'git cannot be run.' : `git ended with ${exitCode}.`;
  return new ForgeError({ kind: 'git', request, summary, said: stderr });
}
