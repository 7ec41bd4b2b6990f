import type { Argument, CommandUnknownOpts as Command, Option } from '@commander-js/extra-typings';
import { clientNames } from '../clients/types.ts';
import type { MirrorValue } from '../commands/complete.ts';

/** One candidate, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly meaning: string;
}

/** What a shell may offer for the last word of a command line: candidates, or values of the mirror. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Values that the mirror repository knows; each is offered behind `before`. */
  readonly wanted?: MirrorValue;
  /** What stands in the word before the value, such as `--image=` or `debian,`. */
  readonly before: string;
  /** The mirror repository and configuration that the line names. */
  readonly directory?: string;
  readonly config?: string;
}

/** What each option's value is, by its long name; what is not here may be a file. */
const optionKinds: Readonly<Record<string, MirrorValue>> = {
  '--image': 'image',
  '--destination': 'destination',
  '--from': 'destination',
  '--at': 'revision',
  '--against': 'revision',
  '--base': 'branch',
};
const argumentKinds: Readonly<Record<string, MirrorValue>> = {
  'image:tag': 'image:tag',
  image: 'image',
  a: 'revision',
  b: 'revision',
};

/** Names that an argument is one of, where commander does not know them. */
const argumentChoices: Readonly<Record<string, readonly string[]>> = { client: clientNames };

/**
 * What may stand in place of the last of `words`, which may be empty. `words` are those after the program's name, as the
 * shell has them. Pure; what the mirror knows is for the caller to add.
 */
export function completeWords(program: Command, words: readonly string[]): Completion {
  const current = words.at(-1) ?? '';
  const line = readLine(program, words.slice(0, -1));
  const { command, open, args } = line;
  const places = { ...(line.directory && { directory: line.directory }), ...(line.config && { config: line.config }) };
  const assigned = /^(--[^=]+=)(.*)$/s.exec(current);
  const option = assigned ? findOption(command, program, (assigned[1] ?? '').slice(0, -1)) : open;
  if (option !== undefined && !(open?.variadic && current.startsWith('-') && !assigned)) {
    return { ...places, ...valuesOf(option, optionKinds[option.long ?? ''], current, assigned?.[1] ?? '') };
  }
  if (current.startsWith('-')) return { ...places, candidates: optionsOf(command, current), before: '' };
  const argument = argumentAt(command, args);
  if (argument !== undefined) {
    const argChoices = argument.argChoices ?? argumentChoices[argument.name()];
    return { ...places, ...valuesOf({ argChoices }, argumentKinds[argument.name()], current, '') };
  }
  return { ...places, candidates: command === program ? commandsOf(program, current) : [], before: '' };
}

/** What the words before the last one say. */
interface Line {
  readonly command: Command;
  /** An option that waits for a value, or may take one more. */
  readonly open: Option | undefined;
  /** How many arguments of the command there are. */
  readonly args: number;
  readonly directory: string | undefined;
  readonly config: string | undefined;
}

function readLine(program: Command, words: readonly string[]): Line {
  let command = program;
  let open: Option | undefined;
  let args = 0;
  const values = new Map<string, string>();
  for (const word of words) {
    if (word.startsWith('-')) {
      const [name = '', value] = word.split(/=(.*)/s);
      const option = findOption(command, program, name);
      if (value !== undefined && option?.long) values.set(option.long, value);
      open = value === undefined && (option?.required || option?.optional) ? option : undefined;
    } else if (open !== undefined) {
      if (open.long) values.set(open.long, word);
      open = open.variadic ? open : undefined;
    } else if (command === program) command = program.commands.find((one) => one.name() === word) ?? command;
    else args += 1;
  }
  return { command, open, args, directory: values.get('--directory'), config: values.get('--config') };
}

function findOption(command: Command, program: Command, name: string): Option | undefined {
  return [...command.options, ...program.options].find(({ short, long }) => short === name || long === name);
}

/** A variadic option takes words up to the next option, a variadic argument all that follow. */
function argumentAt({ registeredArguments }: Command, index: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[index] ?? (last?.variadic ? last : undefined);
}

function valuesOf(
  { argChoices }: { argChoices?: readonly string[] | undefined },
  wanted: MirrorValue | undefined,
  current: string,
  assigned: string,
): Completion {
  const typed = current.slice(assigned.length);
  const before = assigned + (wanted === 'image' ? typed.replace(/[^,]*$/, '') : '');
  const candidates = (argChoices ?? [])
    .map((value) => ({ value: assigned + value, meaning: '' }))
    .filter(({ value }) => value.startsWith(current));
  return { candidates, before, ...(wanted && { wanted }) };
}

function optionsOf(command: Command, current: string): Candidate[] {
  const options = command.options.filter(({ hidden }) => !hidden);
  const named = options.flatMap(({ short, long, description }) =>
    [long, short].flatMap((value) => (value ? [{ value, meaning: description }] : [])),
  );
  return [...named, { value: '--help', meaning: 'display help for command' }].filter(({ value }) =>
    value.startsWith(current),
  );
}

function commandsOf(program: Command, current: string): Candidate[] {
  const commands = program.createHelp().visibleCommands(program);
  return commands
    .map((command) => ({ value: command.name(), meaning: command.description() }))
    .filter(({ value }) => value.startsWith(current));
}
