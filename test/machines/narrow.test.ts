import { beforeAll, describe, test } from 'vitest';
import { commandHelp } from '../../src/cli/command-help.ts';
import { mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';
import { forShortReader, hasScript, type Line, onNarrowTerminal, terminals } from './narrow.ts';

let world: World;
beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  await mirrorlock(world, ['lock']);
});

const lines: readonly Line[] = [
  ...['', ...Object.keys(commandHelp)].map((name): Line => [`${name} --help`.trim(), 0]),
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

describe.skipIf(!hasScript)('40 columns, without HOME (skipped where script(1) of util-linux is absent)', () => {
  test.each(terminals)('%s', async (_, env) => {
    for (const line of lines) await onNarrowTerminal(world, line, env);
  });
});

test('a reader that closes early changes no exit code, and shows no stack', async () => {
  for (const line of lines) await forShortReader(world, line, {});
});
