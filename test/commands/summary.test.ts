import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { expectJson, lockText, mirrorlock } from '../support/mirror.ts';
import { type Step, story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

let world: World;
let file: string;

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  file = join(world.home, 'summary.md');
});

/** Each step begins where the one before ended, with no summary. */
const takeStep = story();
const step: Step = (name, work) =>
  takeStep(name, async () => {
    rmSync(file, { force: true });
    await work();
  });

async function summaryOf(args: readonly string[], code = 0): Promise<string> {
  const result = await mirrorlock(world, [...args, '--summary', file]);
  expect(result.code, result.stderr).toBe(code);
  return readFileSync(file, 'utf8');
}

step('a command that fails says so in the summary', async () => {
  expect(await summaryOf(['plan'], 2)).toMatch(/^### Failed\n\n(.|\n)*There is no lockfile yet(.|\n)*lock\/missing/);
  writeFileSync(join(world.mirror, 'other.yaml'), 'version: 1\nimages: [');
  expect(await summaryOf(['check', '--config', 'other.yaml'], 2)).toMatch(/### Failed(.|\n)*other\.yaml:2/);
});

step('check tells whether all is current', async () => {
  expect(await summaryOf(['check'], 3)).toMatch(/### Check\n\n\*\*Out of date/);
  await expectJson(world, ['lock']);
  await expectJson(world, ['render']);
  expect(readFileSync(file, 'utf8').length).toBeGreaterThan(0);
  rmSync(file);
  expect(await summaryOf(['check'])).toContain('Valid and up to date.');
});

step('plan tells what there is to do, also where stdout is a matrix', async () => {
  expect(await summaryOf(['plan', '--matrix'])).toMatch(/### Plan for (.|\n)*3 groups to copy(.|\n)*alpine/);
});

step('a summary is appended, and never takes the place of another', async () => {
  writeFileSync(file, '# Before\n');
  await summaryOf(['plan', '--image', 'busybox']);
  const text = await summaryOf(['apply', '--image', 'busybox']);
  expect(text).toMatch(/^# Before\n### Plan for (.|\n)*\n\n### Applied to (.|\n)*1 group copied, 4 tags put/);
});

step('verify tells what differs, and warnings stand below', async () => {
  const text = await summaryOf(['verify'], 3);
  expect(text).toMatch(/\*\*Differs from the lockfile:\*\* of 11 tags, 7 missing/);
  expect(text).not.toContain('**Problems**');
  const config = readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8');
  writeFileSync(join(world.mirror, 'mirrors.yaml'), config.replace('["*"]', '[busybox]'));
  expect(await summaryOf(['plan'], 3)).toMatch(/### Plan for (.|\n)*\*\*Problems\*\*(.|\n)*no rule wants any more/);
  writeFileSync(join(world.mirror, 'mirrors.yaml'), config);
});

step('an apply of which a group failed tells which and why', async () => {
  const digest = /sha256:[0-9a-f]{64}(?=\n +tags)/.exec(lockText(world))?.[0] ?? '';
  const lock = lockText(world);
  writeFileSync(join(world.mirror, 'mirrors.lock.yaml'), lock.replace(digest, `sha256:${'0'.repeat(64)}`));
  expect(await summaryOf(['apply', '--image', 'alpine'], 1)).toMatch(
    /1 group failed(.|\n)*failed image(.|\n)*apply\/gone/,
  );
  writeFileSync(join(world.mirror, 'mirrors.lock.yaml'), lock);
});

step('a file that cannot be written stops the command before it does anything', async () => {
  world.destination.reset();
  const { code, stderr, stdout } = await mirrorlock(world, ['apply', '--summary', join(file, 'below', 'nothing')]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('summary/unwritable');
  expect(world.destination.seen()).toEqual([]);
  expect(existsSync(file)).toBe(false);
});

step('a file that is full is left so, which is a warning, and the work is done', async () => {
  writeFileSync(file, 'x'.repeat(1024 * 1024));
  const { code, stderr, stdout } = await mirrorlock(world, ['plan', '--matrix', '--summary', file]);
  expect(code).toBe(0);
  expect(stderr).toContain('summary/unwritable');
  expect(stdout).toContain('"include"');
  expect(statSync(file).size).toBe(1024 * 1024);
});
