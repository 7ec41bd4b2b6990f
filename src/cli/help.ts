import type { CommandUnknownOpts as Command, Help } from '@commander-js/extra-typings';
import { ExitCode } from '../core/exit-code.ts';

/** The groups of the help, in its order. */
export const commandGroups = ['Start', 'Everyday', 'CI', 'Care'] as const;
export type CommandGroup = (typeof commandGroups)[number];

/** What a command's help says besides its options. */
export interface CommandHelp {
  readonly group: CommandGroup;
  /** Exit codes besides 0, 1, 2 and 130, which every command has, and what each means. */
  readonly exits?: Readonly<Partial<Record<ExitCode, string>>>;
  /** Arguments, without the program's name, and what they do. */
  readonly examples: readonly [Example, Example, Example];
}

type Example = readonly [args: string, meaning: string];

const everyCommand: Readonly<Partial<Record<ExitCode, string>>> = {
  [ExitCode.done]: 'done',
  [ExitCode.failed]: 'all or part of the work failed; stderr names what',
  [ExitCode.usage]: 'wrong usage or configuration',
  [ExitCode.interrupted]: 'interrupted',
};

/** The heading over a command's own options. */
export const ownHeading = 'Options:';
/** The heading over the options that every command has. */
export const commonHeading = 'Options of every command:';

/** Adds group, examples and exit codes to a program's commands, and the order of their options. */
export function addHelp(program: Command, helps: Readonly<Record<string, CommandHelp>>): void {
  program
    .configureHelp(ownOptionsFirst)
    .commandsGroup('Start:')
    .helpCommand('help [command]', 'display help for a command');
  for (const command of program.commands) {
    const help = helps[command.name()];
    command.configureHelp(ownOptionsFirst);
    if (help === undefined) continue;
    command.helpGroup(`${help.group}:`).addHelpText('after', helpText(help));
  }
}

/** How wide the help texts are that the build writes: what commander takes where stdout is not a terminal. */
export const helpWidth = 80;

/** What `--help` prints, by the name of the command, and that of the program as `mirrorlock`. */
export function helpTexts(program: Command): ReadonlyMap<string, string> {
  const visible = new Set(program.createHelp().visibleCommands(program));
  return new Map(
    [program, ...program.commands.filter((command) => visible.has(command))].map((command) => {
      let text = '';
      const writeOut = (part: string) => {
        text += part;
      };
      command.configureOutput({ writeOut, getOutHelpWidth: () => helpWidth, getOutHasColors: () => false });
      command.outputHelp();
      return [command.name(), text];
    }),
  );
}

/** The exit codes of a command, those that every command has among them, by number. */
export function exitLines({ exits = {} }: Pick<CommandHelp, 'exits'>): [code: string, meaning: string][] {
  return Object.entries({ ...everyCommand, ...exits }).sort(([a], [b]) => Number(a) - Number(b));
}

function helpText(help: CommandHelp): string {
  const exits = exitLines(help).map(([code, meaning]) => `  ${code.padEnd(3)}  ${meaning}`);
  const examples = help.examples.flatMap(([args, meaning]) => [`  # ${meaning}`, `  $ mirrorlock ${args}`]);
  return ['', 'Exit codes:', ...exits, '', 'Examples:', ...examples].join('\n');
}

/** A terminal that is narrower has no room for two columns. */
const narrowest = 60;

/** A command's own options before those of every command, and the groups of commands in their order. */
const ownOptionsFirst: Partial<Help> = {
  formatItem(this: Help, term, termWidth, description, helper) {
    const width = this.helpWidth ?? helpWidth;
    if (width >= narrowest)
      return Object.getPrototypeOf(this).formatItem.call(this, term, termWidth, description, helper);
    // Two columns leave too little room: what a term means stands below it.
    const below = helper.boxWrap(description, Math.max(width - 6, 1)).replace(/^/gm, '      ');
    return `  ${term}\n${below}`;
  },
  groupItems(unsorted, visible, groupOf) {
    const groups = new Map<string, typeof visible>();
    const order = [ownHeading, ...commandGroups.map((group) => `${group}:`), commonHeading];
    const names = [...unsorted, ...visible].map(groupOf);
    for (const name of [...order.filter((one) => names.includes(one)), ...names]) groups.set(name, []);
    for (const item of visible) groups.get(groupOf(item))?.push(item);
    return groups;
  },
};
