import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { docsCommands, docsPages, mirrorlockArguments } from '../support/docs.ts';
import { projectFiles, readProjectFile, root } from '../support/project-files.ts';

const pages = docsPages();
const commands = pages.flatMap(docsCommands);
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readProjectFile('package.json'));

/** Reads arguments as the command line does, and runs nothing. @throws CommanderError for what it does not know */
async function parse(args: readonly string[]): Promise<boolean> {
  let isRun = false;
  const program = buildProgram(async () => {
    isRun = true;
  }, '');
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    command.configureOutput({ writeErr: () => undefined });
  }
  await program.parseAsync([...args], { from: 'user' });
  return isRun;
}

describe('the command line takes the commands of the docs', () => {
  const own = commands.flatMap(({ command, ...place }) => {
    const args = mirrorlockArguments(command);
    return args === undefined ? [] : [{ ...place, command, args }];
  });

  test('they have been found', () => {
    expect(own.length).toBeGreaterThan(15);
  });

  test.each(own)('$path:$line: $command', async ({ args }) => {
    expect(await parse(args)).toBe(true);
  });
});

test('one that does not exist is refused', async () => {
  await expect(parse(['plan', '--no-such-option'])).rejects.toThrow('unknown option');
  await expect(parse(['no-such-command'])).rejects.toThrow('unknown command');
});

test('each npm script that the docs name exists', () => {
  const named = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, script = '']) => ({ path, script })),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ script }) => scripts[script] === undefined)).toEqual([]);
});

/** Each `mirrorlock …` between backticks in docs, the schema, templates and the messages of src. */
function mentions(): { file: string; text: string }[] {
  const files = projectFiles().filter((file) => /^(docs|src|schema|templates)\/|^README\.md$/.test(file));
  return files
    .filter((file) => !file.startsWith('docs/decisions/') && /\.(md|ts|json|hbs)$/.test(file))
    .filter((file) => existsSync(join(root, file)))
    .flatMap((file) =>
      [...readProjectFile(file).matchAll(/`(?:npx )?mirrorlock ([a-z][^`\n\\]*)[`\\]/g)].map(([, text = '']) => ({
        file,
        text,
      })),
    );
}

test('each command that docs, hints and comments mention exists, with its options', () => {
  const program = buildProgram(async () => undefined, '');
  const unknown = mentions().filter(({ text }) => {
    const [name, ...words] = text.replace(/\s#.*$|\$\{[^}]*\}/g, '').split(/\s+/);
    const command = program.commands.find((one) => one.name() === name);
    const options = words.flatMap((word) => /^--[a-z-]+/.exec(word)?.[0] ?? []);
    const known = new Set(command?.options.flatMap(({ long }) => long ?? []));
    return command === undefined || options.some((option) => !known.has(option));
  });
  expect(mentions().length).toBeGreaterThan(50);
  expect(unknown).toEqual([]);
});
