import type { Environment } from '../../core/environment.ts';
import { localEnvironment } from '../../git/environment.ts';
import { GitStopped } from '../../git/failure.ts';
import { inRepository } from '../../git/local.ts';
import { interruptedError } from './failure.ts';

/** git on a bare repository of our own. It never goes to the network, and is of no use to any other repository. */
export interface LocalGit {
  /** The folder of the repository. */
  readonly directory: string;
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a git command and gives its output as text. Throws GitFailure, or a UserError `upstream/interrupted`. */
export function runText(git: LocalGit, args: readonly string[]): Promise<string> {
  return guarded(inRepository(ownRepository(git), (simple) => simple.raw([...args])));
}

/**
 * Runs `git cat-file` and gives its output byte for byte. `input` is for its standard input. Throws the same as
 * {@link runText}.
 */
export function runCatFile(git: LocalGit, args: readonly string[], input: string): Promise<Buffer> {
  return guarded(inRepository<Buffer>({ ...ownRepository(git), input }, (simple) => simple.binaryCatFile([...args])));
}

function ownRepository({ directory, env, signal }: LocalGit) {
  return { directory, variables: localEnvironment(env, directory), signal };
}

async function guarded<Output>(work: Promise<Output>): Promise<Output> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof GitStopped ? interruptedError(error) : error;
  }
}
