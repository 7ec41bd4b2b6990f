import { isAbsolute, join } from 'node:path';
import type { Config } from '../config/types.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { lockfileName, readLockfile } from '../lock/file.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Library, UpstreamAddress } from '../upstream/types.ts';
import type { Context } from './context.ts';

/** Reads the configuration of the mirror repository. Throws as `loadConfig` does. */
export async function openConfig(context: Context): Promise<Config> {
  const { path, ...options } = mirrorsFile(context);
  // What reads only the lockfile does without the YAML parser and the schema.
  const { loadConfig } = await import('../config/load.ts');
  return loadConfig(path, { env: context.env, ...options });
}

interface ConfigFile {
  readonly path: string;
  /** How messages name it. */
  readonly shownAs: string;
  /** The folder in which no link is followed. */
  readonly root: string;
}

/** Where the configuration is. */
export function mirrorsFile({ directory, configFile }: Context): ConfigFile {
  const path = isAbsolute(configFile) ? configFile : join(directory, configFile);
  return { path, shownAs: configFile, root: directory };
}

/** Where the lockfile of the mirror repository is. */
export function lockfilePath({ directory }: Context): string {
  return join(directory, lockfileName);
}

/** Reads the lockfile that a command cannot do without. @throws UserError `lock/missing` */
export async function openLockfile(context: Context): Promise<Lockfile> {
  const lockfile = await readLockfile(lockfilePath(context));
  if (lockfile !== undefined) return lockfile;
  throw problemError('lock/missing', 'There is no lockfile yet.', lockfileName, 'Run `mirrorlock lock`.');
}

export interface OpenedLibrary {
  readonly library: Library;
  /** What was out of the ordinary, such as a damaged clone that was made anew. */
  readonly notes: readonly Problem[];
}

/**
 * Reads the whole library of upstream at the commit that the configuration, or the command line, names. A path is
 * relative to the file or the folder in which it was written. The regular expressions of the configuration have been tried on it.
 */
export async function openLibrary(context: Context, config: Config): Promise<OpenedLibrary> {
  const address: UpstreamAddress = {
    repository: context.upstream ?? config.upstream.repository,
    ref: context.ref ?? config.upstream.ref,
  };
  const directory =
    context.upstream === undefined ? (context.pathsFrom ?? context.directory) : context.workingDirectory;
  const { cacheDirectory, env, signal, progress } = context;
  const options = { cacheDirectory, env, signal, progress, directory };
  // Most commands do without git, which takes a good part of their start.
  const [{ openUpstream }, { readLibrary }, { matchAhead }] = await Promise.all([
    import('../upstream/open.ts'),
    import('../upstream/reader.ts'),
    import('../select/match-ahead.ts'),
  ]);
  const { commit, files, refusals, notes } = await openUpstream(address, options);
  const library = readLibrary(files, commit, refusals);
  const images = library.images.map(({ name, groups }) => ({ name, tags: groups.flatMap(({ tags }) => tags) }));
  const refused = library.refusals.map(({ image }) => ({ name: image, tags: [] }));
  await matchAhead(config, [...images, ...refused], { signal, progress });
  return { library, notes };
}
