import { GitPluginError, type SimpleGitOptions, simpleGit } from 'simple-git';
import { type Environment, localEnvironment } from '../../git/environment.ts';
import { GitFailure, interruptedError } from './failure.ts';

/** git on a bare repository of our own. It never goes to the network, and is of no use to any other repository. */
export interface LocalGit {
  /** The folder of the repository. */
  readonly directory: string;
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a git command and gives its output as text. `input` is for its standard input. Throws GitFailure, or a UserError
 * `upstream/interrupted`.
 */
export async function runText(git: LocalGit, args: readonly string[], input?: string): Promise<string> {
  return guarded(git, prepare(git, input).raw([...args]));
}

/** Runs `git cat-file` and gives its output byte for byte. Takes and throws the same as {@link runText}. */
export async function runCatFile(git: LocalGit, args: readonly string[], input: string): Promise<Buffer> {
  return guarded<Buffer>(git, prepare(git, input).binaryCatFile([...args]));
}

function prepare({ directory, env, signal }: LocalGit, input?: string) {
  const ownEnv = localEnvironment(env, directory);
  const options: Partial<SimpleGitOptions> = {
    baseDir: directory,
    allowEnvironment: Object.keys(ownEnv),
    // Where the user keeps git's settings; and an empty template, which would otherwise bring sample hooks.
    unsafe: { allowUnsafeConfigPaths: true, allowUnsafeTemplateDir: true },
    completion: { onClose: true, onExit: false },
    errors: (error, { exitCode, stdErr }) =>
      error instanceof GitPluginError || exitCode === 0
        ? error
        : new GitFailure(exitCode, Buffer.concat(stdErr).toString()),
    ...(input === undefined ? {} : { input: () => input }),
    ...(signal === undefined ? {} : { abort: signal }),
  };
  return simpleGit(options).env(ownEnv);
}

async function guarded<Output>(git: LocalGit, work: PromiseLike<Output>): Promise<Output> {
  try {
    return await work;
  } catch (error) {
    throw git.signal?.aborted ? interruptedError(error) : error;
  }
}
