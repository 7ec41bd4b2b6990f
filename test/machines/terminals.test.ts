import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

const ownCommand = fileURLToPath(new URL('../../bin/mirrorlock.js', import.meta.url));
const hasScript = spawnSync('script', ['--version']).status === 0;
const colour = /\u001b\[[\d;]*m/;
const cursor = /\u001b\[[\d;?]*[A-HJKfhl]/;

let world: World;
beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
});

/** What `expand`, and then an error, write on a terminal of their own, script(1); the option `-c` is that of util-linux. */
function onTerminal(env: Record<string, string>, ...args: string[]): string {
  const start = `'${process.execPath}' '${ownCommand}' ${args.join(' ')}`;
  const commands = `${start} expand -C '${world.mirror}'; ${start} check -C '${world.home}'`;
  const { stdout } = spawnSync('script', ['-qec', commands, '/dev/null'], {
    env: { PATH: process.env['PATH'], HOME: world.home, MIRRORLOCK_CACHE: temporaryDirectory().path, ...env },
    encoding: 'utf8',
    cwd: join(world.home),
  });
  return stdout;
}

describe.skipIf(!hasScript)('E: terminals as they are (skipped where script(1) of util-linux is absent)', () => {
  it('a terminal gets colours, and progress that is drawn anew', () => {
    const text = onTerminal({ TERM: 'xterm' });
    expect([colour.test(text), cursor.test(text)], JSON.stringify(text)).toEqual([true, true]);
  });

  it('TERM=dumb gets progress without codes for cursor and colours', () => {
    const text = onTerminal({ TERM: 'dumb' });
    expect(text).not.toContain('\u001b');
    expect(text).toMatch(/^Reading .* …\r?$/m);
  });

  it.each([
    ['NO_COLOR', { TERM: 'xterm', NO_COLOR: '1' }, []],
    ['--no-color', { TERM: 'xterm' }, ['--no-color']],
  ])('%s switches off colours, and not progress', (_, env, args) => {
    const text = onTerminal(env, ...args);
    expect([colour.test(text), cursor.test(text)], JSON.stringify(text)).toEqual([false, true]);
  });
});
