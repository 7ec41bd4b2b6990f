import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { gitIn } from '../support/git.ts';
import { expectJson, mirrorlock } from '../support/mirror.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld } from '../support/world.ts';

test('states lists what verify --mark marked, the newest first, and apply --at takes each of them', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  const git = gitIn(world.mirror);
  await git('init', '-q', '-b', 'main');
  expect((await mirrorlock(world, ['lock'])).code).toBe(0);
  await git('add', '.');
  await git('commit', '-qm', 'Begin');
  const none = await mirrorlock(world, ['states']);
  expect(none.stdout, none.stderr).toContain('No commit is marked as served yet');
  const remote = temporaryDirectory().path;
  await gitIn(remote)('init', '-q', '--bare');
  await git('remote', 'add', 'origin', remote);
  expect((await mirrorlock(world, ['apply'])).code).toBe(0);
  const marked = await mirrorlock(world, ['verify', '--mark']);
  expect(marked.code, marked.stderr).toBe(0);
  const commit = await git('rev-parse', 'HEAD');
  const name = await git('tag', '--list', 'mirrored/*');
  const { states } = (await expectJson(world, ['states'])) as unknown as { states: object[] };
  expect(states).toEqual([
    { name, commit, time: expect.stringMatching(/^\d{4}-.*Z$/), destinations: ['main'], images: 2, tags: 11 },
  ]);
  const { stdout } = await mirrorlock(world, ['states']);
  expect(stdout).toContain(`\`mirrorlock apply --at ${name}\``);
  expect(stdout).toMatch(/^state +served .*\n.*\n\(served: when `verify --mark` found that nothing differed\)\n/);
  expect((await mirrorlock(world, ['plan', '--at', name, '--detailed-exitcode'])).code).toBe(0);
  expect((await mirrorlock(world, ['plan', '--image', 'alpine', '--detailed-exitcode'])).code).toBe(0);
  expect(readFileSync(join(world.mirror, 'mirrors.lock.yaml'), 'utf8')).toContain('alpine');
});

test('plan --detailed-exitcode is 3 where there is something to do', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  expect((await mirrorlock(world, ['lock'])).code).toBe(0);
  expect((await mirrorlock(world, ['plan', '--detailed-exitcode'])).code).toBe(3);
  expect((await mirrorlock(world, ['plan'])).code).toBe(0);
});

test('states outside of git is an error that says so', async () => {
  const { code, stderr } = await runCli(['states'], { cwd: temporaryDirectory().path });
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('git/not-a-repository') });
});
