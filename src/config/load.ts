import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import { type Watchers, watchersOf } from './notify.ts';
import { type ParseOptions, parseConfig } from './parse.ts';
import { type ReadOptions, readConfigText } from './read.ts';
import type { Config, ForgeHost } from './types.ts';
import { forgeOf } from './update.ts';

export interface LoadOptions extends Pick<ParseOptions, 'env'>, ReadOptions {}

/**
 * Reads a mirrors.yaml from a file.
 *
 * @throws UserError what {@link readConfigText} and {@link parseConfig} throw
 */
export async function loadConfig(path: string, { env, shownAs = path, root }: LoadOptions): Promise<Config> {
  return parseConfig(await readConfigText(path, { shownAs, ...defined({ root }) }), { file: shownAs, env });
}

/**
 * Reads what a mirrors.yaml says of those who watch the mirror, whatever else is wrong with it. Nothing where there is no file that can be
 * read; undefined where it is not YAML, so that nobody knows what it says.
 */
export async function loadWatchers(
  path: string,
  { shownAs = path, root }: Omit<LoadOptions, 'env'>,
): Promise<Watchers | undefined> {
  const read = await attempt(() => readConfigText(path, { shownAs, ...defined({ root }) }));
  return read.ok ? watchersOf(read.value, shownAs) : {};
}

/**
 * Reads what `update.forge` of a mirrors.yaml says, whatever else is wrong with the file; undefined where it says nothing, or
 * cannot be read.
 *
 * @throws UserError what {@link forgeOf} throws
 */
export async function loadForge(
  path: string,
  { shownAs = path, root }: Omit<LoadOptions, 'env'>,
): Promise<ForgeHost | undefined> {
  const read = await attempt(() => readConfigText(path, { shownAs, ...defined({ root }) }));
  return read.ok ? forgeOf(read.value, shownAs) : undefined;
}
