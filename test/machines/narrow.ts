import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { World } from '../support/world.ts';

const ownCommand = fileURLToPath(new URL('../../bin/mirrorlock.js', import.meta.url));

/** Whether script(1) of util-linux is here, which gives a command a terminal of its own. */
export const hasScript = spawnSync('script', ['--version']).status === 0;

/** A command line, and the exit code that it ends with. */
export type Line = readonly [line: string, code: number];

/** Terminals that know little, by what they have in their environment. */
export const terminals: [name: string, env: Record<string, string>][] = [
  ['TERM=dumb', { TERM: 'dumb' }],
  ['NO_COLOR, LANG=C', { TERM: 'xterm', NO_COLOR: '1', LANG: 'C' }],
  ['a locale that is not UTF-8', { TERM: 'dumb', LC_ALL: 'de_DE.ISO-8859-1' }],
];

/** Colours; and what moves a cursor, which NO_COLOR does not switch off. */
const codes = { TERM: /\u001b/, NO_COLOR: /\u001b\[[\d;]*m/ };
const stack = /^ +at .*:\d+:\d+|This is a bug/m;
/** A line of source with its caret below it, which are never broken. */
const source = /^ *\d* \| /;
const columns = 40;

function start(world: World, line: string, env: Readonly<Record<string, string>>) {
  const folder = line.includes(' -C ') ? '' : `-C '${world.mirror}'`;
  const command = `'${process.execPath}' '${ownCommand}' ${line} ${folder}`;
  const own = { PATH: process.env['PATH'] ?? '', MIRRORLOCK_CACHE: join(world.home, 'cache'), ...env };
  const options = { env: own, extendEnv: false, reject: false, cwd: world.home, input: '' } as const;
  return { command, options };
}

/**
 * Runs a line on a terminal of 40 columns, without HOME, and expects its exit code, no line that is wider than it must be, and nothing that
 * the terminal does not know; gives what it shows.
 *
 * @param whole lines that are not to be broken, since programs read them
 */
export async function onNarrowTerminal(
  world: World,
  [line, code]: Line,
  env: Readonly<Record<string, string>>,
  whole = '',
): Promise<string> {
  const { command, options } = start(world, line, env);
  const { stdout, exitCode } = await execa(
    'script',
    ['-qec', `stty cols ${columns}; ${command}`, '/dev/null'],
    options,
  );
  expect({ line, exitCode }, stdout).toEqual({ line, exitCode: code });
  expect(stdout.length, line).toBeGreaterThan(10);
  expect(stdout, line).not.toMatch(stack);
  expect(stdout, line).not.toMatch(env['NO_COLOR'] ? codes.NO_COLOR : codes.TERM);
  const text = stdout.replaceAll('\r\n', '\n');
  // Data and scripts are read by programs, and stay as they are.
  if (!/^completion | --json\b| --format (json|markdown)/.test(line)) expect(wideLines(text, whole), line).toEqual([]);
  return text;
}

/** The lines that are wider than the terminal, and have a blank at which they could be broken. */
function wideLines(shown: string, whole: string): string[] {
  const kept = new Set(whole.split('\n'));
  return (
    shown
      .replace(/\u001b\[[\d;?]*[A-Za-z]/g, '')
      .split(/[\r\n]+/)
      // A command that goes on ends in a backslash, and what is in quotes is one word of it.
      .map((one) => one.replace(/ \\$/, '').replaceAll(/'[^']*'/g, (quoted) => quoted.replaceAll(' ', '_')))
      .filter((one) => one.length > columns && /\S\s+\S/.test(one) && !source.test(one) && !kept.has(one))
  );
}

/** Runs a line for a reader who takes one byte and goes, and expects its exit code, and no word of that. */
export async function forShortReader(
  world: World,
  [line, code]: Line,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { command, options } = start(world, line, env);
  const script = `{ ${command}; echo "code $?" >&2; } | head -c 1 >/dev/null`;
  const { stderr } = await execa('sh', ['-c', script], options);
  expect(`${stderr}\n`, line).toContain(`code ${code}\n`);
  expect(stderr, line).not.toMatch(/^ +at .*:\d+:\d+|EPIPE/m);
}
