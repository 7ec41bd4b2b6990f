import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonWithoutCommands, withoutCommands } from '../../src/core/text.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { mirrorlock } from '../support/mirror.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld } from '../support/world.ts';

/** Those that are meant: the log's folds, and a problem beside its line, which has a code for its title. */
const ownCommand =
  /^::(?:group::mirrorlock [a-z-]*|endgroup::|(?:error|warning) (?:[a-z]+=[^:,]*,)*title=[a-z/-]+::.*)$/;

/** The lines that GitHub's runner takes for a command (actions/runner, ActionCommand.cs), besides those that are meant. */
function commandsIn(text: string): string[] {
  return text
    .split(/[\r\n]/)
    .filter((line) => line.includes('##[') || (line.trimStart().startsWith('::') && !ownCommand.test(line)));
}

const inGitHub = { GITHUB_ACTIONS: 'true' };
const outputs = ({ stdout, stderr }: CliResult) => stdout + stderr;

describe('D5: nothing from outside is a command of the CI', () => {
  test('in any text, and JSON keeps its meaning', () => {
    const part = fc.constantFrom(
      '##[',
      '::',
      '##[error]x',
      '##vso[x',
      '::error::x',
      '#',
      '[',
      ' ',
      '\t',
      '\n',
      '\r',
      '\u0085',
      'x',
      '\u2028',
      '"',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        expect(commandsIn(withoutCommands(text))).toEqual([]);
        const json = jsonWithoutCommands(JSON.stringify({ [text]: [text] }, null, 2));
        expect(commandsIn(json)).toEqual([]);
        expect(JSON.parse(json)).toEqual({ [text]: [text] });
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['"##[error]k": 1', []],
    ['"::error::k": 1', []],
    ['images: {include: ["##[error]x"]}', []],
    ['::error::x', []],
    ['images: {include: [alpine]} # ##[add-mask]x\n::set-env name=X::y', []],
    ['', ['--##[error]x']],
    ['', ['check', '\n::error::x']],
    ['', ['explain', '##[error]x:1']],
  ])('mirrors.yaml with %j, arguments %j', async (text, args) => {
    const { path } = temporaryDirectory();
    writeFileSync(join(path, 'mirrors.yaml'), `version: 1\n${text}\n`);
    const command = args.length === 0 ? ['check', '-C', path] : args;
    const result = await runCli(command, { env: inGitHub, cwd: path });
    expect(result.code).not.toBe(0);
    expect(commandsIn(outputs(result))).toEqual([]);
  });

  test('what a registry says, on stdout and stderr, with --json and without', async () => {
    const world = await setWorld({ library: tinyLibrary, images: everything });
    expect((await mirrorlock(world, ['lock'])).code).toBe(0);
    const message = 'no\r\n::error::x\n##[error]y ##[add-mask]z';
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message }] });
    world.destination.respond(({ method }) => (method === 'POST' ? { status: 403, body } : undefined));
    for (const args of [['apply'], ['apply', '--json'], ['apply', '--verbose']]) {
      const result = await mirrorlock(world, args, inGitHub);
      expect(result.code).toBe(1);
      expect(outputs(result)).toContain('DENIED');
      expect(commandsIn(outputs(result))).toEqual([]);
      if (args.includes('--json')) expect(result.stdout).toContain('##\\u005berror]y');
    }
  });
});
