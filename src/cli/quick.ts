import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageFile from '../../package.json' with { type: 'json' };
import { ls } from '../commands/ls.ts';
import { where } from '../commands/where.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { codeOf } from '../core/file-errors.ts';
import { secretKeeper } from '../core/secrets.ts';
import type { Outcome } from '../session/context.ts';
import { contextOf } from './context.ts';
import { errorJson, interrupted, wantsJson } from './error-json.ts';
import { helpWidth } from './help.ts';
import type { CommonOptions } from './options.ts';
import { columnsOf, findPackage } from './surroundings.ts';

const { env, stdout, stderr } = process;

/**
 * Answers what is asked most, and by people who wait for it: the version, help, `ls` and `where`. It loads only what these
 * need, which takes a fraction of the CPU of the whole command line. Resolves with false, having written nothing, where it does not
 * answer: an option that it does not know, a wrong word, an error, a CI whose log has commands. src/cli/main.ts then does all of it.
 */
export async function answerQuickly(words: readonly string[]): Promise<boolean> {
  // Their logs have commands, which main.ts writes and keeps out of what is printed.
  if (['GITHUB_ACTIONS', 'TF_BUILD', 'GITLAB_CI'].some((name) => env[name])) return false;
  // main.ts breaks lines for a terminal.
  if ((columnsOf(stdout) ?? helpWidth) < helpWidth) return false;
  const text = fixedText(words);
  if (text !== undefined) return print(text);
  const asked = readWords(words);
  return asked === undefined ? false : runQuickly(asked, words);
}

/** The version, or a help text that the build has written; undefined where neither is asked for. */
function fixedText(words: readonly string[]): string | undefined {
  const [first = '', second = ''] = words;
  if (words.length === 1 && (first === '--version' || first === '-V')) return `${packageFile.version}\n`;
  if (stdout.isTTY && stdout.columns !== helpWidth) return undefined;
  if (words.length === 1 && (isHelp(first) || first === 'help')) return helpText('mirrorlock');
  if (words.length !== 2) return undefined;
  if (isHelp(second)) return helpText(first);
  return first === 'help' ? helpText(second) : undefined;
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}

function helpText(name: string): string | undefined {
  if (!/^[a-z][a-z-]*$/.test(name)) return undefined;
  try {
    return readFileSync(join(import.meta.dirname, 'help', `${name}.txt`), 'utf8');
  } catch (error) {
    // The name is not that of a command.
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

interface Asked {
  readonly command: 'ls' | 'where';
  readonly subject?: string;
  readonly options: CommonOptions;
}

/** Options without a value. All but `--json` change nothing of a quick answer, which has no progress, warnings or colours. */
const flags: ReadonlySet<string> = new Set(['--json', '-q', '--quiet', '--no-color']);
const valued: ReadonlyMap<string, 'directory' | 'config'> = new Map([
  ['-C', 'directory'],
  ['--directory', 'directory'],
  ['--config', 'config'],
]);

/** Reads a command line of `ls` or `where`; undefined for one that has more than the options that are used most. */
function readWords(words: readonly string[]): Asked | undefined {
  const names: string[] = [];
  const values: { directory?: string; config?: string } = {};
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const key = valued.get(word);
    if (key !== undefined) values[key] = words[++at] ?? '';
    else if (!flags.has(word)) names.push(word);
  }
  const [command, subject] = names;
  const isKnown = command === 'ls' ? names.length <= 2 : command === 'where' && names.length === 2;
  if (!isKnown || [...names, ...Object.values(values)].some((word) => /^-|^$/.test(word))) return undefined;
  const options = { ...values, ...(words.includes('--json') ? { json: true as const } : {}) };
  return { command: command === 'ls' ? 'ls' : 'where', ...defined({ subject }), options };
}

async function runQuickly(asked: Asked, words: readonly string[]): Promise<boolean> {
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort();
    stderr.write(`${interrupted.message}\n`);
    if (wantsJson(words)) stdout.write(`${errorJson([interrupted])}\n`);
    process.exit(ExitCode.interrupted);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  const outcome = await outcomeOf(asked, stop.signal).catch(() => undefined);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  // An error, whatever it is: src/cli/main.ts comes to the same one, and reports it.
  if (outcome === undefined || outcome.problems.length > 0) return false;
  process.exitCode = outcome.exitCode;
  return print(`${asked.options.json ? JSON.stringify(outcome.json, null, 2) : outcome.text}\n`);
}

async function outcomeOf({ command, subject, options }: Asked, signal: AbortSignal): Promise<Outcome> {
  const packageDirectory = findPackage(import.meta.dirname);
  const context = contextOf(options, { env, packageDirectory, signal, secrets: secretKeeper() });
  if (command === 'where' && subject !== undefined) return where(context, subject);
  return ls(context, defined({ image: subject }));
}

function print(text: string): true {
  // Whoever reads has seen enough, as `head` has.
  stdout.on('error', (error) => {
    if (codeOf(error) !== 'EPIPE') throw error;
  });
  stdout.write(text);
  return true;
}
