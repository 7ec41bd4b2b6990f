import { describe, expect, test } from 'vitest';
import { commandHelp } from '../../src/cli/command-help.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { runCli } from '../support/cli.ts';

const program = () => buildProgram(async () => undefined, '0.0.0');
const shown = program()
  .createHelp()
  .visibleCommands(program() as never);
const names = shown.map((command) => command.name()).filter((name) => name !== 'help');

describe('the help of each command', () => {
  test.each(names)('%s: its group, exit codes, and three examples that parse', async (name) => {
    const help = commandHelp[name];
    if (help === undefined) throw new Error(`src/cli/command-help.ts says nothing of ${name}.`);
    for (const [args] of help.examples) {
      expect(args.split(' ').find((word) => !word.startsWith('-')) ?? name).toBe(name);
      const parsed = program().exitOverride();
      for (const command of parsed.commands) command.exitOverride().configureOutput({ writeErr: () => undefined });
      await parsed.parseAsync(
        args.split(' ').map((word) => word.replaceAll('"', '')),
        { from: 'user' },
      );
    }
  });

  test('says nothing of a command that is none', () => {
    expect(Object.keys(commandHelp).filter((name) => !names.includes(name))).toEqual([]);
  });

  test('a command’s own options stand before those of every command, then exit codes and examples', async () => {
    const { stdout } = await runCli(['apply', '--help']);
    const order = ['\nOptions:', '--deep', 'Options of every command:', '--no-color', 'Exit codes:', 'Examples:'];
    const places = order.map((text) => stdout.indexOf(text));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test('commands stand in groups', async () => {
    const { stdout } = await runCli(['--help']);
    expect(stdout.match(/^(?:Start|Everyday|CI|Care):$/gm)).toEqual(['Start:', 'Everyday:', 'CI:', 'Care:']);
  });
});
