import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { defined } from '../core/defined.ts';
import { codeOf } from '../core/file-errors.ts';
import { problemError } from '../core/problem.ts';
import { noProgress } from '../core/progress.ts';
import type { Context } from '../session/context.ts';
import type { CommonOptions } from './options.ts';
import { cacheFolder } from './surroundings.ts';

type World = Pick<Context, 'env' | 'packageDirectory' | 'signal'> & Required<Pick<Context, 'secrets'>>;

/**
 * What every command is given, by the common options; it shows no progress.
 *
 * @throws UserError `cli/no-folder`
 */
export function contextOf(options: CommonOptions, world: World): Context {
  return {
    ...world,
    workingDirectory: process.cwd(),
    directory: folderOf(options.directory ?? '.', options.makesFolder === true),
    configFile: options.config ?? 'mirrors.yaml',
    ...defined({ upstream: options.upstream, ref: options.ref }),
    strict: options.strict === true,
    homeDirectory: homedir(),
    cacheDirectory: cacheFolder(world.env),
    now: () => new Date(),
    progress: noProgress,
    debug: () => undefined,
  };
}

function folderOf(path: string, isMade: boolean): string {
  const full = resolve(path);
  try {
    const found = statSync(full, { throwIfNoEntry: false });
    if (found?.isDirectory() || (isMade && found === undefined)) return full;
  } catch (error) {
    // Below a file, or where this user may not look: there is no folder to work in.
    if (codeOf(error) === undefined) throw error;
  }
  const hint = 'Name another by -C; `mirrorlock init -C DIR` begins a mirror in a new folder.';
  throw problemError('cli/no-folder', 'The mirror repository is not a folder.', path, hint);
}
