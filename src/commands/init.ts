import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { ExitCode } from '../core/exit-code.ts';
import { codeOf } from '../core/file-errors.ts';
import { problemError } from '../core/problem.ts';
import { counted } from '../core/words.ts';
import type { Context, Outcome } from '../session/context.ts';
import { type Imported, importFile, withImported } from '../suggest/import/import-rules.ts';

const schemaFile = join('schema', 'mirrors.schema.json');

/**
 * Writes a commented mirrors.yaml to begin from, and the schema that editors complete it by. Never overwrites.
 *
 * @param from a sync file of another tool, from the working directory, whose rules it begins with
 * @throws UserError `init/exists`, `init/cannot-write`, and as `importFile` does
 */
export async function init(context: Context, { from }: { readonly from?: string } = {}): Promise<Outcome> {
  const { directory, configFile, packageDirectory } = context;
  const path = isAbsolute(configFile) ? configFile : join(directory, configFile);
  const imported = from === undefined ? undefined : await importFile(context.workingDirectory, from);
  const template = await readFile(join(packageDirectory, 'templates', 'init', 'mirrors.yaml'), 'utf8');
  const text = imported === undefined ? template : withImported(template, imported);
  if (!(await writeNew(path, text))) {
    throw problemError('init/exists', 'The configuration already exists and was not changed.', configFile);
  }
  const schema = await readFile(join(packageDirectory, schemaFile), 'utf8');
  const hasSchema = await writeNew(join(dirname(path), schemaFile), schema);
  const written = hasSchema ? `${configFile} and ${schemaFile}` : configFile;
  return {
    exitCode: ExitCode.done,
    text: `Wrote ${written}${importedText(imported)}. Next: name your registry and images in it, then \`mirrorlock expand\` and \`mirrorlock lock\`.`,
    json: {
      schema: 'mirrorlock/init/v1',
      files: hasSchema ? [configFile, schemaFile] : [configFile],
      ...(imported === undefined ? {} : { imported }),
    },
    problems: imported?.problems ?? [],
  };
}

function importedText(imported: Imported | undefined): string {
  if (imported === undefined) return '';
  const { format, rules, problems } = imported;
  const count = counted(rules.include.length + rules.exclude.length, 'rule');
  const lost = problems.length === 0 ? '' : `; ${counted(problems.length, 'thing')} could not be carried over`;
  return ` with ${count} of a ${format} file${lost}`;
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
