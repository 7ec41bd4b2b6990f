import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { CommanderError } from '@commander-js/extra-typings';
import { ExitCode } from '../core/exit-code.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { noProgress } from '../core/progress.ts';
import { redactedData, secretKeeper } from '../core/secrets.ts';
import { removeLeftFolders } from '../core/temporary-folder.ts';
import { jsonWithoutCommands, withoutCommands } from '../core/text.ts';
import { wrapped } from '../core/wrap.ts';
import type { Context } from '../session/context.ts';
import { type CiLog, ciLog } from './ci-log.ts';
import type { Run } from './command-maker.ts';
import { contextOf } from './context.ts';
import { errorJson, interrupted, wantsJson } from './error-json.ts';
import type { CommonOptions } from './options.ts';
import { buildProgram } from './program.ts';
import { plainProgress } from './progress.ts';
import { columnsOf, findPackage, movesCursor, wantsColour } from './surroundings.ts';

const { env, stdout, stderr } = process;
const packageDirectory = findPackage(import.meta.dirname);
const { version } = JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8')) as { version: string };
const interrupt = new AbortController();
/** What no stream, report or file is to show. */
const secrets = secretKeeper();
let showsColour = wantsColour(env, stderr);
/** The commands that the log of a CI is written with, and whether a folded part of it is open. */
let log: CiLog | undefined;
let isFolded = false;
/** Whether a CI reads the log for commands. */
const isRead = Boolean(env['GITHUB_ACTIONS'] || env['TF_BUILD']);
const logged = (text: string) => (isRead ? withoutCommands(text) : text);

keepHeapSmall();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // A second signal is from somebody who does not want to wait for the children.
    if (interrupt.signal.aborted) process.exit(ExitCode.interrupted);
    interrupt.abort(new Error('interrupted'));
  });
}

for (const stream of [stdout, stderr]) {
  // Whoever reads has seen enough, as `head` has: the work goes on to its end, and its exit code stays.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const run: Run = async (own, command) => {
  const options: CommonOptions = {
    ...program.opts(),
    ...own,
    color: own.color !== false && program.opts().color !== false,
  };
  const mayColour = options.color !== false;
  showsColour = mayColour && wantsColour(env, stderr);
  const write = (line: string) =>
    void stderr.write(`${logged(wrapped(secrets.redactOutput(line), columnsOf(stderr)))}\n`);
  const isAnimated = movesCursor(env, stderr) && !options.quiet && !options.verbose;
  // A log has no use for what draws on a terminal.
  const animated = async () => (await import('./terminal-progress.ts')).terminalProgress(stderr);
  const shown = options.quiet ? undefined : isAnimated ? await animated() : plainProgress(write);
  const context: Context = {
    ...contextOf(options, { env, packageDirectory, signal: interrupt.signal, secrets }),
    progress: shown?.progress ?? noProgress,
    waiting: (host) => {
      const task = shown?.progress.start(`Waiting for ${host}, which does not answer`);
      return (hasAnswered) => task?.end(hasAnswered ? 'it answers' : 'no answer');
    },
    debug: options.verbose ? write : () => undefined,
  };
  removeLeftFolders();
  log = ciLog(env, context.directory, () => Date.now() / 1000);
  if (shown !== undefined && log !== undefined) stderr.write(`${log.begin(`mirrorlock ${commandName()}`)}\n`);
  isFolded = shown !== undefined && log !== undefined;
  try {
    const isAsked = process.stdin.isTTY && movesCursor(env, stderr) && !options.json && !options.quiet && !env['CI'];
    const work = () => command(context, { colour: mayColour && wantsColour(env, stdout), isAsked });
    const outcome =
      options.summary === undefined
        ? await work()
        : await (await import('../report/summary-file.ts')).withSummary(context, options.summary, work);
    shown?.stop();
    unfold();
    await printProblems(outcome.problems.filter(({ severity }) => severity === 'error' || !options.quiet));
    const data = () => JSON.stringify(redactedData(outcome.json, secrets), null, 2);
    const json = () => (isRead ? jsonWithoutCommands(data()) : data());
    const text = () =>
      wrapped(secrets.redactOutput(outcome.text), columnsOf(stdout), redactedData(outcome.copied, secrets));
    stdout.write(`${options.json ? json() : logged(text())}\n`);
    process.exitCode = outcome.exitCode;
  } finally {
    shown?.stop();
    unfold();
  }
};

/** Ends the part of a CI's log that is folded away. */
function unfold(): void {
  if (isFolded) stderr.write(`${log?.end()}\n`);
  isFolded = false;
}

function commandName(): string {
  return program.commands.find((command) => program.args[0] === command.name())?.name() ?? '';
}

const program = buildProgram(run, version);
for (const command of [program, ...program.commands]) {
  command.exitOverride().configureOutput({
    writeOut: (text) => void stdout.write(logged(wrapped(text, columnsOf(stdout)))),
    writeErr: (text) => void stderr.write(logged(wrapped(text, columnsOf(stderr)))),
  });
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = await report(error);
}

async function report(error: unknown): Promise<ExitCode> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return ExitCode.done;
    const said = error.code === 'commander.help' ? notACommand() : error.message;
    const [message = '', hint] = said.replace(/^error: /, '').split('\n');
    printErrorJson([
      { code: 'cli/usage', severity: 'error', message, ...(hint && { hint: hint.replace(/[()]/g, '') }) },
    ]);
    return ExitCode.usage;
  }
  if (interrupt.signal.aborted) {
    stderr.write(`${interrupted.message}\n`);
    printErrorJson([interrupted]);
    return ExitCode.interrupted;
  }
  if (error instanceof UserError) {
    await printProblems(error.problems);
    printErrorJson(error.problems);
    return error.exitCode;
  }
  printErrorJson([
    { code: 'cli/bug', severity: 'error', message: `This is a bug in mirrorlock ${version}; stderr has it.` },
  ]);
  stderr.write(`This is a bug in mirrorlock ${version}; please report it with what follows.\n`);
  stderr.write(`${logged(secrets.redactOutput(String(error instanceof Error ? error.stack : error)))}\n`);
  return ExitCode.failed;
}

/** Why a line ends with the help as an error: it has no command, or asks for the help of one that is not there. */
function notACommand(): string {
  const [, name] = program.args[0] === 'help' ? program.args : [];
  if (name === undefined) return 'missing command';
  const said = `unknown command '${name}'`;
  stderr.write(`${logged(`error: ${said}`)}\n`);
  return said;
}

async function printProblems(problems: readonly Problem[]): Promise<void> {
  if (problems.length === 0) return;
  // Loaded when it is needed: what measures the width of text takes a third of a start.
  const { problemText } = await import('./problems.ts');
  for (const problem of redactedData(problems, secrets)) {
    stderr.write(`${logged(wrapped(problemText(problem, showsColour), columnsOf(stderr)))}\n`);
    const annotation = log?.annotation?.(problem);
    if (annotation) stderr.write(`${annotation}\n`);
  }
}

/** With `--json`, stdout holds a document also where a command ends without its own. */
function printErrorJson(problems: readonly Problem[]): void {
  if (!wantsJson(process.argv.slice(2))) return;
  const data = errorJson(redactedData(problems, secrets));
  stdout.write(`${isRead ? jsonWithoutCommands(data) : data}\n`);
}

/**
 * Has V8 collect garbage before the heap is half as large again as what is in use, not four times as large, which it lets
 * a busy program on a large machine come to: runs share small CI machines with others. To be set while the
 * program starts; V8 reads it each time that it decides on the next collection (V8, src/heap/memory-controller.cc).
 */
function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
