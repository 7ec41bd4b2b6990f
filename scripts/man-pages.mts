// Writes a manual page for the program and for each command into man/; with --check it only says whether they are current.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Marked } from 'marked';
import markedMan from 'marked-man';
import packageFile from '../package.json' with { type: 'json' };
import { commandHelp } from '../src/cli/command-help.ts';
import { commandGroups, exitLines } from '../src/cli/help.ts';
import { buildProgram } from '../src/cli/program.ts';

const folder = new URL('../man/', import.meta.url);
const program = buildProgram(async () => undefined, '');
type AnyCommand = Pick<typeof program, 'name' | 'description' | 'options' | 'registeredArguments'>;
type Options = AnyCommand['options'];
const isCommon = (option: Options[number]) => program.options.some(({ flags }) => flags === option.flags);
const visible = program.createHelp().visibleCommands(program as never) as unknown as AnyCommand[];
const commands = visible.filter((command) => command.name() !== 'help');

/** All pages, by the name of their file. */
function manualPages(): ReadonlyMap<string, string> {
  const pages: [string, string][] = [['mirrorlock.1', programPage()]];
  for (const command of commands) pages.push([`mirrorlock-${command.name()}.1`, commandPage(command)]);
  return new Map(pages.map(([name, markdown]) => [name, roff(markdown)]));
}

function programPage(): string {
  const groups = commandGroups.flatMap((group) => [
    `### ${group}`,
    ...definitions(
      commands
        .filter((command) => commandHelp[command.name()]?.group === group)
        .map((command) => [`mirrorlock-${command.name()}(1)`, `${command.description()}`]),
    ),
  ]);
  return [
    '# mirrorlock(1) -- keep a registry in step with Docker Official Images',
    '## SYNOPSIS',
    '`mirrorlock` <command> [options]',
    '## DESCRIPTION',
    program.description(),
    '## COMMANDS',
    ...groups,
    '## OPTIONS',
    'They stand before or after the name of the command.',
    ...optionLines(program.options),
    '## EXIT STATUS',
    ...definitions(exitLines({})),
    '## SEE ALSO',
    'The manual page of each command, such as mirrorlock-apply(1).',
  ].join('\n\n');
}

function commandPage(command: AnyCommand): string {
  const help = commandHelp[command.name()];
  if (help === undefined) throw new Error(`src/cli/command-help.ts says nothing of ${command.name()}.`);
  const named = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  const own = command.options.filter((option) => !isCommon(option));
  return [
    `# mirrorlock-${command.name()}(1) -- ${command.description()}`,
    '## SYNOPSIS',
    [`\`mirrorlock ${command.name()}\``, '[options]', ...named.map(escaped)].join(' '),
    '## DESCRIPTION',
    `${sentence(command.description())}`,
    ...definitions(command.registeredArguments.map((one) => [one.name(), one.description])),
    '## OPTIONS',
    ...optionLines(own),
    '### Options of every command',
    ...optionLines(command.options.filter(isCommon)),
    '## EXIT STATUS',
    ...definitions(exitLines(help)),
    '## EXAMPLES',
    ...help.examples.map(([args, meaning]) => `${sentence(meaning)}\n\n    mirrorlock ${args}`),
    '## SEE ALSO',
    'mirrorlock(1)',
  ].join('\n\n');
}

function optionLines(options: Options): string[] {
  return definitions(
    options.map(({ flags, description, argChoices }) => [
      flags,
      argChoices === undefined ? description : `${description} (${argChoices.join(', ')})`,
    ]),
  );
}

/** Terms and what each means, as marked-man reads a list of definitions. */
function definitions(entries: readonly (readonly [term: string, meaning: string])[]): string[] {
  return entries.map(([term, meaning]) => `* \`${term}\`:\n  ${escaped(sentence(meaning))}`);
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** Without what Markdown would take for more than text. */
function escaped(text: string): string {
  return text.replace(/[\\*_<>[\]]/g, '\\$&');
}

function roff(markdown: string): string {
  const marked = new Marked();
  marked.use(markedMan);
  const options = { manVersion: `mirrorlock ${packageFile.version}`, manual: 'mirrorlock', date: 0 };
  // A page belongs to a version, not to a day.
  return `${marked.parse(markdown, options as never)}`.replace('"January 1970"', '""').replace(/\n*$/, '\n');
}

const isCheck = process.argv.includes('--check');
const pages = manualPages();
mkdirSync(folder, { recursive: true });
const present = new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]));
const stale = [...new Set([...pages.keys(), ...present.keys()])].filter(
  (name) => pages.get(name) !== present.get(name),
);
for (const name of stale) {
  const page = pages.get(name);
  if (isCheck) console.error(`man/${name} is out of date: run \`npm run generate\`.`);
  else if (page === undefined) rmSync(new URL(name, folder));
  else writeFileSync(new URL(name, folder), page);
}
if (isCheck && stale.length > 0) process.exitCode = 1;
else console.log(stale.length === 0 ? 'man/ is current.' : `Wrote ${stale.map((name) => `man/${name}`).join(', ')}.`);
