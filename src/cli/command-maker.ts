import { type Command, Option } from '@commander-js/extra-typings';
import type { Context, Outcome } from '../session/context.ts';
import { commonHeading, ownHeading } from './help.ts';
import { type CommonOptions, variableName } from './options.ts';

/** Runs a command with its context, prints what it returns, and keeps the exit code. */
export type Run = (
  options: CommonOptions,
  command: (context: Context, terminal: UserTerminal) => Promise<Outcome>,
) => Promise<void>;

/** How the command is used. */
export interface UserTerminal {
  readonly colour: boolean;
  /** Whether a person can be asked: stdin and stderr are a terminal, and neither `--json` nor `--quiet` says otherwise. */
  readonly isAsked: boolean;
}

/** What the files of this folder add their commands with. */
export type CommandMaker = ReturnType<typeof commandMaker>;

/** Makes commands below `program` that have the common options; those targeted have the options of a target as well. */
export function commandMaker(program: Command, run: Run) {
  const command = (name: string, description: string) =>
    withCommonOptions(program.command(name).description(description));
  const summarized = (name: string, description: string) =>
    command(name, description).option('--summary <file>', 'append a Markdown summary: $GITHUB_STEP_SUMMARY');
  const targeted = (name: string, description: string) =>
    summarized(name, description)
      .option('--image <name...>', 'only these images, by name or glob; commas may stand between them')
      .option('--shard <I/N>', 'only part I of N, by image: disjoint and complete (I from 1; 0 stands for N)')
      .option('--destination <name...>', 'only these destinations')
      .option('--at <revision>', 'the lockfile of a git revision, such as a mirrored/ tag: an earlier state');
  return { command, summarized, targeted, run };
}

/** Adds the options of commands whose runs are watched. */
export function withWatchOptions<Args extends unknown[], Options extends Record<string, unknown>>(
  command: Command<Args, Options>,
) {
  return command
    .option('--report <file...>', 'write a report of the run: Markdown as NAME.md, JSON as NAME.json')
    .option('--metrics <file>', 'write metrics of the run in the text format of Prometheus')
    .addOption(
      new Option(
        '--metrics-push [variable]',
        'push them to the gateway whose address this environment variable holds (default: metrics.push)',
      ).argParser(variableName),
    )
    .option('--no-notify', 'send none of the notices of `notify`');
}

/** Adds the options that every command has. */
export function withCommonOptions<Args extends unknown[], Options extends Record<string, unknown>>(
  command: Command<Args, Options>,
) {
  return command
    .optionsGroup(commonHeading)
    .option('-C, --directory <dir>', 'the mirror repository (default: the current folder)')
    .option('--config <file>', 'the configuration (default: mirrors.yaml)')
    .option('--upstream <url-or-path>', 'read official-images from here, not from where the configuration says')
    .option('--ref <ref>', 'the branch, tag or commit of upstream to read')
    .option('--json', 'print the result as JSON of a versioned shape, on stdout')
    .option('-q, --quiet', 'print neither progress nor warnings')
    .option('-v, --verbose', 'log details on stderr')
    .option('--no-color', 'no colours (as with NO_COLOR in the environment)')
    .optionsGroup(ownHeading);
}
