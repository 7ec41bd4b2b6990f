import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runCli } from '../support/cli.ts';
import { mirrorTo } from '../support/faults/other-mirror.ts';
import { destinationTags, lockedTags, readLock } from '../support/mirror.ts';
import { findProgram } from '../support/programs.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { countedRegistry, setWorld, type World } from '../support/world.ts';

vi.setConfig({ testTimeout: 120_000 });

/** A PATH that has nothing but git. */
function onlyGit({ home }: World): string {
  const folder = join(home, 'bin');
  mkdirSync(folder);
  symlinkSync(findProgram('git'), join(folder, 'git'));
  return folder;
}

test('with nothing but Node and git: init to verify, export and import', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  const env = { PATH: onlyGit(world), MIRRORLOCK_CACHE: join(world.home, 'cache') };
  const run = async (mirror: string, ...args: string[]) => {
    const { code, stderr } = await runCli([...args, '-C', mirror], { env });
    expect(code, `${args.join(' ')}: ${stderr}`).toBe(0);
  };
  const made = join(world.home, 'made');
  mkdirSync(made);
  await run(made, 'init');
  expect(existsSync(join(made, 'mirrors.yaml'))).toBe(true);
  for (const command of ['lock', 'render', 'check', 'plan', 'apply', 'verify']) await run(world.mirror, command);
  expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
  await run(world.mirror, 'export', join(world.home, 'export'));
  const other = mirrorTo(world, await countedRegistry());
  await run(other.mirror, 'import', join(world.home, 'export'));
  await run(other.mirror, 'verify', '--extra');
  expect(await destinationTags(other)).toEqual(lockedTags(readLock(other)));
  await expectWholeTags(other);
});
