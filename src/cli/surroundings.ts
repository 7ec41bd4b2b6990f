import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';
import type { Environment } from '../core/environment.ts';

/** The folder of this package, from a folder inside it: src/ when developed, dist/ when built. */
export function findPackage(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('the package of mirrorlock was not found');
  return findPackage(parent);
}

/** Where clones of upstream are kept: MIRRORLOCK_CACHE, or the user's cache folder. */
export function cacheFolder(env: Environment): string {
  return env['MIRRORLOCK_CACHE'] || envPaths('mirrorlock', { suffix: '' }).cache;
}

/**
 * Whether to colour what is written to `stream`: FORCE_COLOR, then NO_COLOR (no-color.org), then whether it is a terminal
 * that knows colours.
 */
export function wantsColour(env: Environment, stream: { isTTY?: boolean }): boolean {
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true;
  return !env['NO_COLOR'] && movesCursor(env, stream);
}

/** Whether `stream` is a terminal on which lines can be drawn anew; NO_COLOR does not count here. */
export function movesCursor(env: Environment, stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** How many columns the terminal has that `stream` writes to; undefined where it is none. */
export function columnsOf(stream: { isTTY?: boolean; columns?: number }): number | undefined {
  return stream.isTTY === true && stream.columns ? stream.columns : undefined;
}
