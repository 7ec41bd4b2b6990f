import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsePattern } from '../../src/config/patterns.ts';
import { type ImageName, parseDigest, parseTag } from '../../src/core/names.ts';
import type { UserError } from '../../src/core/problem.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import { gitIn } from '../support/git.ts';
import { expandWorld } from './expand-world.ts';

/** As long as a tag may be, and of a shape for which the expression below tries every way to split it. */
const longTag = '8.0.15-windowsservercore-ltsc2022-and-what-else-may-be-in-a-tag-of-mongo';
const slow = '/^([a-z0-9.]+-?)+_$/';
const library = { mongo: ['8', longTag], alpine: ['3.24', 'latest'] };
const commands = [['lock'], ['expand'], ['explain', 'mongo:8']];

describe('D3: a regular expression without an end', () => {
  test.each(commands.map((args) => [args]))('is an error of `%s` that names its rule', async (args) => {
    const world = await expandWorld(library, `{include: [alpine], exclude: [{image: "*", tags: ["${slow}"]}]}`);
    const { code, stderr } = await world.run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(`mirrors.yaml:2:59: error config/slow-regex: The regular expression ${slow} takes longer`);
    expect(stderr).toContain(`seen: ${longTag}`);
  });

  test('is an error as the name of an image too', async () => {
    const long = `a${'-mirror'.repeat(9)}`;
    const world = await expandWorld({ [long]: ['1'], alpine: ['1'] }, `{include: ["${slow}"]}`);
    const { code, stderr } = await world.run(['expand']);
    expect(code).toBe(2);
    expect(stderr).toContain(`mirrors.yaml:2:20: error config/slow-regex`);
    expect(stderr).toContain(`seen: ${long}`);
  });

  test('ends by a signal', async () => {
    const world = await expandWorld(library, `{include: [{image: mongo, tags: ["${slow}"]}]}`);
    const running = world.start(['expand']);
    await running.shows(`Matching ${slow}`);
    running.kill('SIGTERM');
    const { code, stderr } = await running.result;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted');
    expect(stderr).not.toContain('slow-regex');
  });

  describe('that meets only what is locked', () => {
    /** A mirror whose lockfile holds a tag that upstream does not list. */
    async function lockedWorld() {
      const world = await expandWorld(library, `{include: [mongo], exclude: [{image: mongo, tags: ["${slow}"]}]}`);
      const digest = parseDigest(`sha256:${'0'.repeat(64)}`);
      const entries = [{ digest, tags: [parseTag('8'), parseTag(longTag)] }];
      const upstream = { repository: 'https://github.com/docker-library/official-images', commit: '1'.repeat(40) };
      const lockfile = {
        configHash: `sha256:${'1'.repeat(64)}`,
        upstream,
        images: [{ image: 'mongo' as ImageName, entries }],
      };
      writeFileSync(join(world.directory, 'mirrors.lock.yaml'), formatLockfile(lockfile));
      const git = gitIn(world.directory);
      await git('init', '--quiet');
      await git('add', 'mirrors.yaml', 'mirrors.lock.yaml');
      await git('commit', '--quiet', '--message=Lock');
      return world;
    }

    test.each([[['check']], [['plan']], [['verify', '--at', 'HEAD']]])('is an error of `%s`', async (args) => {
      const { code, stderr } = await (await lockedWorld()).run(args);
      expect(code).toBe(2);
      expect(stderr).toContain(`error config/slow-regex: The regular expression ${slow} takes longer`);
    });

    test.each([[['check']], [['plan', '--at', 'HEAD']], [['apply', '--unreviewed']]])(
      'ends by a signal in `%s`',
      async (args) => {
        const running = (await lockedWorld()).start(args);
        await running.shows(`Matching ${slow}`);
        running.kill('SIGTERM');
        const { code, stderr } = await running.result;
        expect(code).toBe(130);
        expect(stderr).not.toContain('slow-regex');
      },
    );
  });

  test('is an error where a name is met that nobody asked for before', () => {
    const place = { file: 'mirrors.yaml', line: 7 };
    const pattern = parsePattern(slow, 'tag', place);
    if (!('matches' in pattern)) throw new Error(pattern.message);
    expect(pattern.matches('1.2_')).toBe(true);
    expect(pattern.matches('latest')).toBe(false);
    try {
      pattern.matches(longTag);
      expect.unreachable();
    } catch (error) {
      expect((error as UserError).problems).toMatchObject([{ code: 'config/slow-regex', value: longTag, place }]);
    }
  });
});

test('D3: regular expressions decide as before', async () => {
  const images = `{include: [{image: "/^(mongo|ALPINE)$/i", tags: ["/^\\\\d/", "/LATEST/i"]}], exclude: [{image: mongo, tags: "/-/"}]}`;
  const { stdout, stderr } = await (await expandWorld(library, images)).run(['expand', '--json']);
  const groups = JSON.parse(stdout).images.flatMap((image: { groups: unknown[] }) => image.groups);
  expect(groups, stderr).toMatchObject([{ tags: ['3.24', 'latest'] }, { tags: ['8'] }]);
});
