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
  const sections = program.commands.flatMap((command) => {
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
