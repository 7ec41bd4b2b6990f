import { commandHelp } from '../src/cli/command-help.ts';
import { buildProgram } from '../src/cli/program.ts';

/** The reference of the command line as Markdown, from the program's own declarations. */
export function cliReference(): string {
  const program = buildProgram(async () => undefined, '');
  const commonFlags = new Set(program.options.map(({ flags }) => flags));
  const optionRow = (option: { flags: string; description: string; argChoices?: string[] | undefined }) => {
    const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`;
    return `| \`${option.flags}\` | ${option.description}${choices} |`;
  };
  const table = (rows: string[]) => (rows.length === 0 ? [] : ['', '| option | meaning |', '| --- | --- |', ...rows]);
  const shown = program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name());
  const visible = program.commands.filter((command) => shown.includes(command.name()));
  const sections = visible.flatMap((command) => {
    const { exits = {}, examples = [] } = commandHelp[command.name()] ?? {};
    const codes = Object.entries(exits).map(([code, meaning]) => `- exit code ${code}: ${meaning}`);
    const lines = examples.flatMap(([words, meaning]) => [`# ${meaning}`, `mirrorlock ${words}`]);
    const named = command.registeredArguments.map((argument) =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    );
    const own = command.options.filter(({ flags }) => !commonFlags.has(flags));
    const args = command.registeredArguments.map((argument) => `| \`${argument.name()}\` | ${argument.description} |`);
    return [
      '',
      `## \`${['mirrorlock', command.name(), ...named].join(' ')}\``,
      '',
      `${command.description()}.`,
      ...table([...args, ...own.map(optionRow)]),
      ...(codes.length === 0 ? [] : ['', ...codes]),
      ...(lines.length === 0 ? [] : ['', '```sh', ...lines, '```']),
    ];
  });
  const common = program.options.filter(({ long }) => long !== '--version').map(optionRow);
  return [
    '## Options of every command',
    '',
    'They stand before or after the name of the command.',
    ...table(common),
    ...sections,
  ].join('\n');
}
