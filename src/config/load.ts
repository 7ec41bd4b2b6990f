import { defined } from '../core/defined.ts';
import { UserError } from '../core/problem.ts';
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
 * Reads what `update.forge` of a mirrors.yaml says, whatever else is wrong with the file; undefined where it says nothing, or
 * cannot be read.
 *
 * @throws UserError what {@link forgeOf} throws
 */
export async function loadForge(
  path: string,
  { shownAs = path, root }: Omit<LoadOptions, 'env'>,
): Promise<ForgeHost | undefined> {
  let text: string;
  try {
    text = await readConfigText(path, { shownAs, ...defined({ root }) });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
  return forgeOf(text, shownAs);
}
