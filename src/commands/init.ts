import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { ExitCode } from '../core/exit-code.ts';
import { codeOf } from '../core/file-errors.ts';
import { problemError } from '../core/problem.ts';
import type { Context, Outcome } from '../session/context.ts';

const schemaFile = join('schema', 'mirrors.schema.json');

/**
 * Writes a commented mirrors.yaml to begin from, and the schema that editors complete it by. Never overwrites.
 *
 * @throws UserError `init/exists`, `init/cannot-write`
 */
export async function init({ directory, configFile, packageDirectory }: Context): Promise<Outcome> {
  const path = isAbsolute(configFile) ? configFile : join(directory, configFile);
  const text = await readFile(join(packageDirectory, 'templates', 'init', 'mirrors.yaml'), 'utf8');
  if (!(await writeNew(path, text))) {
    throw problemError('init/exists', 'The configuration already exists and was not changed.', configFile);
  }
  const schema = await readFile(join(packageDirectory, schemaFile), 'utf8');
  const hasSchema = await writeNew(join(dirname(path), schemaFile), schema);
  const written = hasSchema ? `${configFile} and ${schemaFile}` : configFile;
  return {
    exitCode: ExitCode.done,
    text: `Wrote ${written}. Next: name your registry and images in it, then \`mirrorlock expand\` and \`mirrorlock lock\`.`,
    json: { schema: 'mirrorlock/init/v1', files: hasSchema ? [configFile, schemaFile] : [configFile] },
    problems: [],
  };
}

/** Writes a file that is not there yet; says whether it did. */
async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return false;
    throw problemError('init/cannot-write', `The file cannot be written (${code}).`, path);
  }
}
