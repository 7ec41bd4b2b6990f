import { beforeAll, describe, expect, it } from 'vitest';
import type { AnswerHook } from '../support/counting-proxy.ts';
import { expectJson, mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  await expectJson(world, ['lock']);
});

const denied = { status: 403, body: '{"errors":[{"code":"DENIED","message":"not yours"}]}' };

/** Answers in place of one repository of the destination, or of all. */
const refusing =
  (answer: { status: number; body?: string }, repository?: string): AnswerHook =>
  (request) =>
    request.kind !== 'manifest' || (repository !== undefined && request.repository !== repository) ? undefined : answer;

const jobsOf = (stdout: string) =>
  JSON.parse(stdout).include.flatMap(({ images }: { images: string }) => images.split(','));

describe.each([
  [403, denied, 'registry/denied'],
  [401, { status: 401 }, 'registry/unauthorized'],
  [405, { status: 405 }, 'registry/bad-answer'],
])('one image that answers %i', (_, answer, code) => {
  it('fails by itself in plan: the others are planned', async () => {
    world.destination.respond(refusing(answer, 'mirror/alpine'));
    const { code: exitCode, stdout, stderr } = await mirrorlock(world, ['plan', '--json']);
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toContain(`error ${code}: alpine was not looked at at main: HEAD `);
    expect(JSON.parse(stdout)).toMatchObject({
      destinations: [{ name: 'main', counts: { copy: 1 }, failures: [{ image: 'alpine', problem: { code } }] }],
    });
    expect(JSON.parse(stdout)).not.toHaveProperty('failures');
    const text = await mirrorlock(world, ['plan']);
    expect(text.stdout).toMatch(/^busybox$/m);
    expect(text.stdout).toMatch(/^ {2}not looked at: alpine$/m);
  });

  it('is put into a job of plan --matrix, with a warning: apply finds out', async () => {
    world.destination.respond(refusing(answer, 'mirror/alpine'));
    const { code: exitCode, stdout, stderr } = await mirrorlock(world, ['plan', '--matrix']);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(`warning ${code}: alpine was not looked at at main: HEAD `);
    expect(jobsOf(stdout).toSorted()).toEqual(['alpine', 'busybox']);
  });

  it('fails by itself in verify: the others are compared', async () => {
    world.destination.respond(refusing(answer, 'mirror/busybox'));
    const { code: exitCode, stdout, stderr } = await mirrorlock(world, ['verify', '--json']);
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toContain(`error ${code}: busybox was not compared with the lockfile at main: HEAD `);
    const [main] = JSON.parse(stdout).destinations;
    expect(main).toMatchObject({ name: 'main', tags: 7, failures: [{ image: 'busybox', problem: { code } }] });
    expect(new Set(main.drift.map(({ image }: { image: string }) => image))).toEqual(new Set(['alpine']));
    const text = await mirrorlock(world, ['verify']);
    expect(text.stdout).toContain('1 image was not compared, 7 of 7 tags differ');
  });

  it('fails by itself in apply', async () => {
    world.destination.respond(refusing(answer, 'mirror/alpine'));
    const { code: exitCode, stderr } = await mirrorlock(world, ['apply', '--image', 'alpine']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`error ${code}: 2 groups of 1 image (alpine:`);
    expect(stderr.match(/not applied at main/g)).toHaveLength(1);
  });
});

describe('a destination that refuses all', () => {
  it('is told once in plan and verify, with the images', async () => {
    world.destination.respond(refusing(denied));
    for (const [command, what] of [
      ['plan', 'not looked at'],
      ['verify', 'not compared with the lockfile'],
    ] as const) {
      const { code, stderr } = await mirrorlock(world, [command]);
      expect(code).toBe(1);
      expect(stderr).toContain(`error registry/denied: 2 images (alpine, busybox) were ${what} at main: HEAD `);
      expect(stderr.match(/registry\/denied/g)).toHaveLength(1);
    }
  });

  it('has all images in the jobs of a matrix, where apply may do what a look may not', async () => {
    world.destination.respond(refusing({ status: 401 }));
    const { code, stdout, stderr } = await mirrorlock(world, ['plan', '--matrix']);
    expect(code, stderr).toBe(0);
    expect(jobsOf(stdout).toSorted()).toEqual(['alpine', 'busybox']);
    expect(stderr).toContain('warning registry/unauthorized: 2 images');
  });

  it('holds back no list of tags of others: one that cannot be listed is named', async () => {
    world.destination.respond(({ url }) => (url.includes('/mirror/alpine/tags/list') ? denied : undefined));
    const { code, stdout, stderr } = await mirrorlock(world, ['verify', '--extra', '--json']);
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('error registry/denied: alpine was not compared with the lockfile at main: GET ');
    expect(JSON.parse(stdout).destinations[0]).toMatchObject({ failures: [{ image: 'alpine' }], tags: 11 });
  });
});

describe('a destination that answers nothing but /v2/', () => {
  it.each(['plan', 'verify'])('costs %s the tries of one request, and it is named once', async (command) => {
    world.destination.respond(({ kind }) => (kind === 'manifest' ? { status: 0, reset: true } : undefined));
    world.destination.reset();
    const { code, stderr } = await mirrorlock(world, [command]);
    expect(code).toBe(1);
    expect(stderr.match(/registry\/network/g)).toHaveLength(1);
    expect(world.destination.counts()).toMatchObject({ manifestHead: 5 });
    expect(stderr).toMatch(/main was not (looked at|compared with the lockfile): HEAD/);
  });
});
