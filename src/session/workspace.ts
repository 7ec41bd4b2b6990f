import { isAbsolute, join } from 'node:path';
import type { Watchers } from '../config/notify.ts';
import type { Config } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { lockfileName, readLockfile } from '../lock/file.ts';
import { isPending, type LockEntry, type Lockfile } from '../lock/types.ts';
import type { matchAhead } from '../select/match-ahead.ts';
import type { Library, UpstreamAddress } from '../upstream/types.ts';
import type { Context } from './context.ts';

/** Reads the configuration of the mirror repository. Throws as `loadConfig` does, and UserError `git/submodule`. */
export async function openConfig(context: Context): Promise<Config> {
  const { path, ...options } = mirrorsFile(context);
  // What reads only the lockfile does without the YAML parser and the schema.
  const { loadConfig } = await import('../config/load.ts');
  const read = await attempt(() => loadConfig(path, { env: context.env, ...options }));
  if (read.ok) return read.value;
  if (read.code === 'config/no-file') await checkCheckedOut(context);
  throw read.error;
}

/** What the configuration says of those who watch the mirror, whatever else is wrong with it; undefined where it is not YAML. */
export async function openWatchers(context: Context): Promise<Watchers | undefined> {
  const { path, ...options } = mirrorsFile(context);
  const { loadWatchers } = await import('../config/load.ts');
  return loadWatchers(path, options);
}

/** Throws where the folder is empty because it is a submodule that is not checked out. @throws UserError `git/submodule` */
export async function checkCheckedOut({ directory, env, signal }: Context): Promise<void> {
  const git = { directory, env, signal };
  const [{ checkSubmodule }, { runGit }] = await Promise.all([
    import('../forge/git/read.ts'),
    import('../forge/git/run.ts'),
  ]);
  const found = await attempt(() => runGit(git, { args: ['rev-parse', '--show-prefix'] }));
  // Without git, or outside of a repository, the file is simply absent.
  if (found.ok && found.value.exitCode === 0) await checkSubmodule(git, found.value.stdout.trimEnd());
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
  await checkCheckedOut(context);
  throw problemError('lock/missing', 'There is no lockfile yet.', lockfileName, 'Run `mirrorlock lock`.');
}

/** Where upstream is that the configuration, or the command line, names, and how it is read. */
export function upstreamPlace(context: Context, config: Pick<Config, 'upstream'>) {
  const address: UpstreamAddress = {
    repository: context.upstream ?? config.upstream.repository,
    ref: context.ref ?? config.upstream.ref,
  };
  const directory =
    context.upstream === undefined ? (context.pathsFrom ?? context.directory) : context.workingDirectory;
  const { cacheDirectory, env, signal, progress } = context;
  return { address, options: { cacheDirectory, env, signal, progress, directory } };
}

/**
 * Tries the regular expressions of rules on what a lockfile names, pending tags too: from then on the patterns know their
 * answers. Throws as {@link matchAhead} does.
 */
export async function matchLocked(
  { signal, progress }: Context,
  rules: Parameters<typeof matchAhead>[0],
  lockfile: Lockfile | undefined,
): Promise<void> {
  const tagsOf = (entry: LockEntry) => (isPending(entry) ? entry.pending : entry.tags);
  const images = (lockfile?.images ?? []).map(({ image, entries }) => ({ name: image, tags: entries.flatMap(tagsOf) }));
  const { matchAhead: match } = await import('../select/match-ahead.ts');
  return match(rules, images, { signal, progress });
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
  const { address, options } = upstreamPlace(context, config);
  const { signal, progress } = context;
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
