import { lstat, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { parseConfig } from '../config/parse.ts';
import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { ifThere } from '../core/file-errors.ts';
import type { ImageName } from '../core/names.ts';
import { type Problem, problemError, UserError } from '../core/problem.ts';
import { counted } from '../core/words.ts';
import { tryDestination } from '../runs/destination-rights.ts';
import {
  configText,
  type InitAnswers,
  type InitForge,
  readDestination,
  readImages,
  readPlatforms,
} from '../runs/init/config-text.ts';
import {
  besideTheirs,
  configExists,
  type GitMade,
  makeMirrorFolder,
  makeRepository,
  plainFiles,
  writeNew,
} from '../runs/init/files.ts';
import type { Asked } from '../runs/init/questions.ts';
import type { PackedTool } from '../runs/init/tool.ts';
import { schemaFile } from '../runs/render.ts';
import type { Context, Outcome } from '../session/context.ts';
import { mirrorsFile } from '../session/workspace.ts';
import { type Imported, importFile, withImported } from '../suggest/import/import-rules.ts';

export interface InitOptions {
  /** A sync file of another tool, from the working directory, whose rules it begins with. */
  readonly from?: string;
  /** Where images go: `registry.example.com/library`. */
  readonly destination?: string;
  readonly insecure?: boolean;
  /** Images, or `image:tag` with globs. */
  readonly images?: readonly string[];
  /** Folders and files whose images the rules are to cover. */
  readonly suggest?: readonly string[];
  readonly platforms?: readonly string[];
  readonly forge?: InitForge | 'none';
  /** Whether the destination is tried before anything is written; absent: yes, where `destination` names it. */
  readonly tries?: boolean;
  /** Whether to ask on the terminal for what is not given. */
  readonly asks?: boolean;
}

/**
 * Begins a mirror: the folder, its git repository, mirrors.yaml with the schema that editors complete it by, a README for those
 * who use it, and, for a CI, the tool as a dependency. Tries the destination first. Never overwrites.
 *
 * @throws UserError `init/exists`, `init/bad-…`, `init/destination`, `init/cannot-write`, `init/stopped`, and as `importFile`,
 *   `suggestRules` and `parseConfig` do
 */
export async function init(context: Context, options: InitOptions = {}): Promise<Outcome> {
  const { configFile, packageDirectory } = context;
  const { path } = mirrorsFile(context);
  if ((await ifThere(() => lstat(path))) !== undefined) throw configExists(configFile);
  const imported =
    options.from === undefined ? undefined : await importFile(context.workingDirectory, options.from, process.stdin);
  const answers = await withSuggested(context, await answersOf(context, options, imported));
  const builtIn = (name: string) => readFile(join(packageDirectory, 'templates', 'init', name), 'utf8');
  const text = configText(await builtIn('mirrors.yaml'), withImported(answers, imported));
  const config = parseConfig(text, { file: configFile, env: context.env });
  const isNamed = answers.destination !== undefined || imported?.destination !== undefined;
  const isTried = isNamed && options.tries !== false;
  if (isTried) await checkDestination(context, config);
  const { packTool } = await import('../runs/init/tool.ts');
  // In a cluster an image holds the tool.
  const needsTool = answers.forge !== undefined && answers.forge !== 'kubernetes';
  const tool = needsTool ? await packTool(context) : { files: new Map(), problems: [] };

  await makeMirrorFolder(context.directory);
  const isInFolder = !isAbsolute(configFile);
  const others = isInFolder ? plainFiles(await builtIn('README.md'), config) : new Map<string, string>();
  const schema = await readFile(join(packageDirectory, schemaFile), 'utf8');
  const npm = await besideTheirs(context.directory, tool.files);
  const inFolder = [...others, ...npm.files].map(([name, content]) => ({
    ...{ name, content, path: join(context.directory, name) },
  }));
  const own = { name: configFile, path, content: text };
  const besides = { name: schemaFile, path: join(dirname(path), schemaFile), content: schema };
  const { written: files, kept } = await writeNew([own, besides, ...inFolder], (name) => name === configFile);
  const git = isInFolder ? await makeRepository(context) : 'there';
  const problems = [
    ...(imported?.problems ?? []),
    ...tool.problems,
    ...(typeof git === 'string' ? [] : [git]),
    ...config.warnings.filter(({ code }) => code !== 'config/ci-login-unused'),
  ];
  return {
    exitCode: ExitCode.done,
    text: initText(context, { files, kept, npm, imported, answers, git, isTried, tool }),
    json: {
      schema: 'mirrorlock/init/v1',
      files,
      kept: [...kept, ...npm.theirs],
      git: typeof git === 'string' ? git : 'none',
      destination: isTried ? 'tried' : 'not-tried',
      ...defined({ imported }),
    },
    problems,
  };
}

/** What the options say, and what a person says where the terminal is one. */
async function answersOf(context: Context, options: InitOptions, imported: Imported | undefined): Promise<Asked> {
  const { destination, insecure, images, suggest, platforms, forge, asks } = options;
  const given: Asked = defined({
    destination: destination === undefined ? undefined : readDestination(destination),
    insecure,
    include: images === undefined ? undefined : readImages(images),
    suggest,
    platforms: platforms === undefined ? undefined : readPlatforms(platforms),
    forge: forge === 'none' ? undefined : forge,
  });
  if (asks !== true) return given;
  const { askFor } = await import('../runs/init/questions.ts');
  const skipped = {
    ...(imported === undefined ? {} : { isImported: true }),
    ...(imported?.destination === undefined ? {} : { hasDestination: true }),
    ...(forge === 'none' ? { hasForge: true } : {}),
  };
  const terminal = { input: process.stdin, output: process.stderr, signal: context.signal };
  const asked = await askFor(given, skipped, terminal);
  if (asked !== undefined) return asked;
  throw problemError('init/stopped', 'It was stopped: nothing was written.');
}

/** The answers, with rules that cover what projects use. */
async function withSuggested(context: Context, { suggest, ...answers }: Asked): Promise<InitAnswers> {
  if (suggest === undefined) return answers;
  const { suggestRules } = await import('./suggest.ts');
  const include = await suggestRules(context, suggest);
  return { ...answers, include: [...(answers.include ?? []), ...include] };
}

/**
 * Tries the login and a push at the destination.
 *
 * @throws UserError with what the registry said, and `init/destination`
 */
async function checkDestination(context: Context, { destinations, include }: Config): Promise<void> {
  const [destination] = destinations;
  if (destination === undefined) return;
  const image = include.map(({ image: { text } }) => text).find((text) => /^[a-z0-9-]+$/.test(text)) ?? 'alpine';
  const { pull, push } = await tryDestination(context, destination, image as ImageName);
  const failed = [pull, push].find((tried) => tried !== undefined && !tried.ok);
  if (failed === undefined || failed.ok) return;
  const message = 'The destination does not take pushes: nothing was written.';
  const isTls = failed.error.problems.some(({ code }) => code === 'registry/tls');
  const first = isTls ? 'For plain HTTP, add `--insecure`' : 'Put this right';
  const hint = `${first}, or go on without a try by \`--no-try\`.`;
  const own: Problem = { code: 'init/destination', severity: 'error', message, hint };
  throw new UserError([...failed.error.problems, own], { exitCode: ExitCode.failed });
}

interface Done {
  readonly files: readonly string[];
  /** What was there already. */
  readonly kept: readonly string[];
  readonly imported: Imported | undefined;
  readonly answers: InitAnswers;
  readonly git: GitMade;
  readonly isTried: boolean;
  readonly tool: PackedTool;
  /** The files of npm that were there: the tool is not in them. */
  readonly npm: { readonly theirs: readonly string[] };
}

function initText({ directory, workingDirectory }: Context, done: Done): string {
  const { files, kept, npm, imported, answers, git, isTried } = done;
  const left = [...kept, ...npm.theirs];
  const at = directory === workingDirectory ? '' : ` -C ${directory.replace(`${workingDirectory}/`, '')}`;
  const command = (name: string) => `\`mirrorlock ${name}${at}\``;
  const isNamed = answers.destination !== undefined || imported?.destination !== undefined;
  const steps = [
    ...(isNamed && (answers.include ?? imported) !== undefined
      ? []
      : [`Edit mirrors.yaml: ${isNamed ? 'name your images in it' : 'name your registry and images in it'}.`]),
    `${command('expand')} shows what the rules select, ${command('lock')} asks for their digests.`,
    ...(answers.forge === 'kubernetes'
      ? ['Edit `ci.kubernetes` in mirrors.yaml: the address of this repository, and the image that the jobs run.']
      : []),
    ...(answers.forge === undefined ? [] : [`${command('render')} writes the files of the CI.`]),
    ...toolSteps(done),
    `Commit all of it. Then ${command('plan')} shows what ${command('apply')} does.`,
    ...(isTried ? [] : [`${command('doctor')} tries logins and rights.`]),
  ];
  const made = git === 'made' ? ', and a git repository' : '';
  return [
    `Wrote ${namedFiles(files)}${made}${importedText(imported)}.`,
    ...(left.length === 0 ? [] : [`Left as it was: ${namedFiles(left)}.`]),
    ...(isTried ? ['The destination takes pushes.'] : []),
    'Next:',
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
  ].join('\n');
}

/** What is left to do for the jobs of the CI to have the tool. npm's files of another package stay as they are. */
function toolSteps({ npm, tool }: Done): string[] {
  const [archive] = [...tool.files.keys()].filter((name) => name.endsWith('.tgz'));
  if (archive === undefined) return [];
  const commit = 'Commit package.json, package-lock.json and the archive as well: the jobs run that tool.';
  const add = `\`npm install --save-exact --ignore-scripts ./${archive}\` in the folder adds the tool to what is there.`;
  return npm.theirs.length > 0 ? [add, commit] : [commit];
}

function namedFiles(files: readonly string[]): string {
  return files.length < 2 ? files.join('') : `${files.slice(0, -1).join(', ')} and ${files.at(-1)}`;
}

function importedText(imported: Imported | undefined): string {
  if (imported === undefined) return '';
  const { format, rules, problems } = imported;
  const count = counted(rules.include.length + rules.exclude.length, 'rule');
  const lost = problems.length === 0 ? '' : `; ${counted(problems.length, 'thing')} could not be carried over`;
  return ` with ${count} of ${/^[aeio]/.test(format) ? 'an' : 'a'} ${format} file${lost}`;
}
