import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defined } from '../../core/defined.ts';
import type { Environment } from '../../core/environment.ts';
import { ifThere } from '../../core/file-errors.ts';
import { type Problem, UserError } from '../../core/problem.ts';
import { brokenFile, fileError } from './broken.ts';
import { type Policy, parsePolicy } from './policy-json.ts';
import { mergeEntries, parseRegistriesConf, type RegistryEntry } from './registries-conf.ts';

/** Reads files of this machine; a file or folder that is not there is absent. */
export interface MachineFiles {
  read(path: string): Promise<string | undefined>;
  /** The names in a folder. */
  list(folder: string): Promise<readonly string[]>;
}

export interface MachineOptions {
  readonly env: Environment;
  readonly homeDirectory: string;
  readonly files?: MachineFiles;
}

/** What a machine says of registries and images: its registries.conf files, merged. */
export interface MachineRegistries {
  readonly entries: readonly RegistryEntry[];
  /** The registries.conf that counts, which the drop-ins add to; absent where there is none. */
  readonly main?: { readonly file: string; readonly text: string };
}

/** Where every user's files are. */
const systemFolder = '/etc/containers';

/**
 * Reads the policy.json that containers/image would take: the user's, else the machine's. Absent where there is none.
 *
 * @throws UserError `apply/policy-file`
 */
export async function readPolicy({ homeDirectory, files = disk }: MachineOptions): Promise<Policy | undefined> {
  for (const folder of [userFolder(homeDirectory), systemFolder]) {
    const file = join(folder, 'policy.json');
    const text = await reading(file, () => files.read(file));
    if (text !== undefined) return parsePolicy(text, file);
  }
  return undefined;
}

/**
 * Reads the registries.conf that containers tools would take (`$CONTAINERS_REGISTRIES_CONF`, else the user's, else the
 * machine's) and its drop-ins: the machine's and then the user's, or only the user's where the user has a registries.conf.
 *
 * @throws UserError `apply/policy-file`
 */
export async function readRegistries(options: MachineOptions): Promise<MachineRegistries> {
  const { env, homeDirectory, files = disk } = options;
  const [ownFolder, name] = [userFolder(homeDirectory), 'registries.conf'];
  const given = env['CONTAINERS_REGISTRIES_CONF'];
  const candidates = given ? [given] : [join(ownFolder, name), join(systemFolder, name)];
  const main = await firstFile(candidates, files);
  if (given && main === undefined) {
    throw brokenFile([fileError('`CONTAINERS_REGISTRIES_CONF` names a file that is not there.', { file: given })]);
  }
  const isOwn = main?.file === join(ownFolder, name);
  const folders = (isOwn ? [ownFolder] : [systemFolder, ownFolder]).map((folder) => join(folder, `${name}.d`));
  const problems: Problem[] = [];
  const parsed = [main === undefined ? [] : parseOr(problems, () => parseRegistriesConf(main.text, main.file))];
  for (const folder of folders) {
    const names = await reading(folder, () => files.list(folder));
    for (const each of names.filter((one) => one.endsWith('.conf')).sort()) {
      const file = join(folder, each);
      const text = await reading(file, () => files.read(file));
      if (text !== undefined) parsed.push(parseOr(problems, () => parseRegistriesConf(text, file, { isDropIn: true })));
    }
  }
  if (problems.length > 0) throw brokenFile(problems);
  return { entries: mergeEntries(parsed), ...defined({ main }) };
}

const userFolder = (homeDirectory: string) => join(homeDirectory, '.config', 'containers');

async function firstFile(paths: readonly string[], files: MachineFiles) {
  for (const file of paths) {
    const text = await reading(file, () => files.read(file));
    if (text !== undefined) return { file, text };
  }
  return undefined;
}

function parseOr(problems: Problem[], parse: () => RegistryEntry[]): RegistryEntry[] {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

/** @throws UserError `apply/policy-file` for what is there and cannot be read */
async function reading<Result>(file: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw brokenFile([fileError('The file cannot be read.', { file }, reason)], error);
  }
}

const disk: MachineFiles = {
  read: (path) => ifThere(() => readFile(path, 'utf8')),
  list: async (folder) => (await ifThere(() => readdir(folder))) ?? [],
};
