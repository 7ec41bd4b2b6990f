import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { commandHelp } from '../../src/cli/command-help.ts';
import { mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

const ownCommand = fileURLToPath(new URL('../../bin/mirrorlock.js', import.meta.url));
const hasScript = spawnSync('script', ['--version']).status === 0;

let world: World;
beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  await mirrorlock(world, ['lock']);
});

/** Lines, and the exit code that each ends with. */
const lines: [line: string, code: number][] = [
  ...['', ...Object.keys(commandHelp)].map((name): [string, number] => [`${name} --help`.trim(), 0]),
  ['version', 0],
  ['expand', 0],
  ['explain alpine:3.23', 0],
  ['explain alpine:9', 1],
  ['ls', 0],
  ['ls nothing', 3],
  ['where nothing:1', 3],
  ['where Nothing', 2],
  ['states --limit nothing', 2],
  ['check --config nothing.yaml', 2],
  ['completion bash', 0],
];

const terminals: [name: string, env: Record<string, string>][] = [
  ['TERM=dumb', { TERM: 'dumb' }],
  ['NO_COLOR, LANG=C', { TERM: 'xterm', NO_COLOR: '1', LANG: 'C' }],
  ['a locale that is not UTF-8', { TERM: 'dumb', LC_ALL: 'de_DE.ISO-8859-1' }],
];

function start(line: string, env: Record<string, string>, before: string) {
  const command = `${before} '${process.execPath}' '${ownCommand}' ${line} -C '${world.mirror}'`;
  return { command, env: { PATH: process.env['PATH'], MIRRORLOCK_CACHE: `${world.home}/cache`, ...env } };
}

/** Colours; and what moves a cursor, which NO_COLOR does not switch off. */
const codes = { TERM: /\u001b/, NO_COLOR: /\u001b\[[\d;]*m/ };

describe.skipIf(!hasScript)('40 columns, without HOME (skipped where script(1) of util-linux is absent)', () => {
  test.each(terminals)('%s', (_, env) => {
    for (const [line, code] of lines) {
      const { command, ...options } = start(line, env, 'stty cols 40;');
      const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
        ...options,
        encoding: 'utf8',
        input: '',
      });
      expect({ line, status }, stdout).toEqual({ line, status: code });
      expect(stdout.length, line).toBeGreaterThan(10);
      expect(stdout, line).not.toMatch(/^ +at .*:\d+:\d+|This is a bug/m);
      expect(stdout, line).not.toMatch(env['NO_COLOR'] ? codes.NO_COLOR : codes.TERM);
      if (line === 'completion bash') continue;
      const wide = stdout
        .replace(/\u001b\[[\d;?]*[A-Za-z]/g, '')
        .split(/[\r\n]+/)
        .filter((one) => one.length > 40 && /\S\s+\S/.test(one) && !/^ *\d* \| /.test(one));
      expect(wide, line).toEqual([]);
    }
  });
});

test('a reader that closes early changes no exit code, and shows no stack', () => {
  for (const [line, code] of lines) {
    const { command, ...options } = start(line, {}, '');
    const script = `{ ${command}; echo "code $?" >&2; } | head -c 1 >/dev/null`;
    const { stderr } = spawnSync('sh', ['-c', script], { ...options, encoding: 'utf8' });
    expect(stderr, line).toContain(`code ${code}\n`);
    expect(stderr, line).not.toMatch(/^ +at .*:\d+:\d+|EPIPE/m);
  }
});
