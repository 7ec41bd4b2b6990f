import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandHelp } from '../../src/cli/command-help.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { readProjectFile, root } from '../support/project-files.ts';

const files = readdirSync(join(root, 'man')).toSorted();
const hasMandoc = spawnSync('mandoc', ['-Tlint'], { input: '' }).error === undefined;
const program = buildProgram(async () => undefined, '');

test('the program and each command have a manual page, which the package brings', () => {
  const pages = Object.keys(commandHelp).map((name) => `mirrorlock-${name}.1`);
  expect(files).toEqual(['mirrorlock.1', ...pages].toSorted());
  const { man, files: packed } = JSON.parse(readProjectFile('package.json'));
  expect(man.toSorted()).toEqual(files.map((name) => `man/${name}`));
  expect(packed).toContain('man');
});

test('the manual pages are current', () => {
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/man-pages.mts', '--check'], { cwd: root, stdio: 'pipe' });
});

/** What man(1) shows, without its bold and underlined letters. */
function shown(file: string): string {
  const text = execFileSync('mandoc', ['-Tascii', '-O', 'width=200', join(root, 'man', file)], { encoding: 'utf8' });
  return text.replace(/.\u0008/g, '').replace(/\s+/g, ' ');
}

describe.skipIf(!hasMandoc)('in mandoc (skipped where it is absent)', () => {
  test.each(files)('%s has no fault', (file) => {
    const { stdout } = spawnSync('mandoc', ['-Tlint', '-W', 'warning', join(root, 'man', file)], { encoding: 'utf8' });
    // Both are the taste of the library that writes the pages, and of having no date.
    const harmless = /: (?:skipping paragraph macro: \w+ (?:after|before) \w+|missing date, using "": TH)/;
    expect(stdout.split('\n').filter((line) => line !== '' && !harmless.test(line))).toEqual([]);
  });

  test.each(program.commands.map((command) => command.name()).filter((name) => name in commandHelp))(
    'the page of %s says its options, exit codes and examples',
    (name) => {
      const text = shown(`mirrorlock-${name}.1`);
      const command = program.commands.find((one) => one.name() === name);
      const { exits = {}, examples = [] } = commandHelp[name] ?? {};
      const words = [
        ...(command?.options ?? []).map(({ flags }) => flags),
        ...Object.keys(exits),
        ...examples.map(([args]) => `mirrorlock ${args}`),
      ];
      expect(words.filter((one) => !text.includes(one.replaceAll('’', "'")))).toEqual([]);
    },
  );
});
