import { readFile, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { ExitCode } from '../core/exit-code.ts';
import { problemError } from '../core/problem.ts';
import type { Context, Outcome } from './context.ts';

/** Writes a commented mirrors.yaml to begin from. Never overwrites. @throws UserError `init/exists`, `init/cannot-write` */
export async function init({ directory, configFile, packageDirectory }: Context): Promise<Outcome> {
  const path = isAbsolute(configFile) ? configFile : join(directory, configFile);
  const text = await readFile(join(packageDirectory, 'templates', 'init', 'mirrors.yaml'), 'utf8');
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw problemError('init/exists', 'There is a configuration already; it stays as it is.', configFile);
    throw problemError('init/cannot-write', `The file cannot be written (${code}).`, path);
  }
  return {
    exitCode: ExitCode.done,
    text: `Wrote ${configFile}. Next: name your registry and images in it, then \`mirrorlock check\` and \`mirrorlock lock\`.`,
    json: { schema: 'mirrorlock/init/v1', file: configFile },
    problems: [],
  };
}
