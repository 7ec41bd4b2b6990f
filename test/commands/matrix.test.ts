import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { destinationTags, expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await lockedWorld();
});

async function lockedWorld(): Promise<World> {
  const made = await setWorld({ images: everything, library: tinyLibrary });
  await expectJson(made, ['lock']);
  return made;
}

/** The plan as a workflow reads it: one line on stdout. */
async function matrixOf(
  of: World,
  ...args: string[]
): Promise<{ include: { job: string; images: string; pulls: number }[] }> {
  const { code, stdout, stderr } = await mirrorlock(of, ['plan', '--matrix', ...args]);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout);
}

const matrix = (...args: string[]) => matrixOf(world, ...args);

it('plan --matrix shares the images out by their pulls, on one line', async () => {
  expect(await matrix()).toEqual({
    include: [
      { job: '1', images: 'alpine', pulls: 2 },
      { job: '2', images: 'busybox', pulls: 1 },
    ],
  });
  expect(await matrix('--jobs', '1')).toEqual({ include: [{ job: '1', images: 'alpine,busybox', pulls: 3 }] });
  expect(await matrix('--image', 'busybox')).toEqual({ include: [{ job: '1', images: 'busybox', pulls: 1 }] });
});

it('with --json the matrix stands in the plan', async () => {
  expect(await expectJson(world, ['plan', '--matrix', '--jobs', '1'])).toMatchObject({
    schema: 'mirrorlock/plan/v1',
    destinations: [{ counts: { copy: 3 } }],
    matrix: { include: [{ job: '1', pulls: 3 }] },
  });
});

it('a matrix has from 1 to 256 jobs, and --jobs has no meaning without one', async () => {
  for (const jobs of ['0', '257', 'many']) {
    expect((await mirrorlock(world, ['plan', '--matrix', '--jobs', jobs])).code).toBe(2);
  }
  const { code, stderr } = await mirrorlock(world, ['plan', '--jobs', '3']);
  expect(code).toBe(2);
  expect(stderr).toContain('cli/jobs-without-matrix');
});

it('without --jobs, ci.jobs of the configuration says how many', async () => {
  const file = join(world.mirror, 'mirrors.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, `${text}\nci: {provider: github, jobs: 1}\n`);
  expect((await matrix()).include).toHaveLength(1);
  expect((await matrix('--jobs', '2')).include).toHaveLength(2);
  writeFileSync(file, text);
});

it('the jobs of a matrix together do all there is to do, and the next matrix is empty', async () => {
  const applied = await lockedWorld();
  for (const { images } of (await matrixOf(applied)).include) await expectJson(applied, ['apply', '--image', images]);
  expect(await destinationTags(applied)).toEqual(lockedTags(readLock(applied)));
  expect((await mirrorlock(applied, ['plan', '--matrix'])).stdout).toBe('{"include":[]}\n');
});

it('an image that came out empty is an error, and never means all', async () => {
  for (const images of ['', 'alpine,']) {
    const { code, stderr } = await mirrorlock(world, ['apply', '--image', images]);
    expect(code).toBe(2);
    expect(stderr).toContain('plan/bad-pattern');
  }
});
