import type { SimpleGit, SimpleGitOptions } from 'simple-git';
import { defined } from '../core/defined.ts';
import { GitFailure, GitStopped } from './failure.ts';

/** git on a repository of this machine. */
export interface LocalGit {
  /** The folder of the repository, or one in its work tree. */
  readonly directory: string;
  /** All of its environment: nothing else is inherited. */
  readonly variables: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** For git's standard input. */
  readonly input?: string | undefined;
}

/**
 * Runs `work` with simple-git, for commands that stay on this machine. What may talk to a server goes by `runGitProcess`,
 * since simple-git ends only git itself and not its helpers.
 *
 * @throws GitFailure; GitStopped once the signal aborts
 */
export async function inRepository<Output>(
  { directory, variables, signal, input }: LocalGit,
  work: (git: SimpleGit) => PromiseLike<Output>,
): Promise<Output> {
  // Many commands import this file, and few of their runs need it.
  const { GitPluginError, simpleGit } = await import('simple-git');
  let failure: GitFailure | undefined;
  const options: Partial<SimpleGitOptions> = {
    baseDir: directory,
    allowEnvironment: Object.keys(variables),
    unsafe: usersOwn,
    completion: { onClose: true, onExit: false },
    errors: (error, { exitCode, stdErr }) => {
      if (error instanceof GitPluginError || exitCode === 0) return error;
      failure = new GitFailure(exitCode < 0 ? undefined : exitCode, Buffer.concat(stdErr).toString());
      return failure;
    },
    ...(input === undefined ? {} : { input: () => input }),
    ...defined({ abort: signal }),
  };
  try {
    return await work(simpleGit(options).env({ ...variables }));
  } catch (error) {
    if (signal?.aborted) throw new GitStopped('aborted', error);
    throw failure ?? error;
  }
}

/**
 * simple-git refuses variables and settings by which others could have git run a command. These are the user's own, or
 * those by which environment.ts switches programs off; an empty template keeps sample hooks away.
 */
const usersOwn: NonNullable<SimpleGitOptions['unsafe']> = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeExec: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGitProxy: true,
  allowUnsafeHooksPath: true,
  allowUnsafePack: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeUrlRewrite: true,
};
