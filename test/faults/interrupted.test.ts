import { beforeAll, describe, expect, it, vi } from 'vitest';
import { startCli } from '../support/cli.ts';
import { mirrorTo } from '../support/faults/other-mirror.ts';
import { destinationTags, expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import type { SeenRequest } from '../support/traffic.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { countedRegistry, setWorld, type World } from '../support/world.ts';

vi.setConfig({ testTimeout: 240_000 });

let locked: World;
beforeAll(async () => {
  locked = await setWorld({ images: everything, library: tinyLibrary });
  await expectJson(locked, ['lock']);
});

async function emptyDestination(): Promise<World> {
  return mirrorTo(locked, await countedRegistry());
}

function startApply(world: World) {
  return startCli(['apply', '-C', world.mirror], { env: { MIRRORLOCK_CACHE: `${world.home}/cache` } });
}

async function expectResumed(world: World): Promise<void> {
  world.destination.respond(undefined);
  await expectWholeTags(world);
  await expectJson(world, ['apply']);
  expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
  expect((await mirrorlock(world, ['verify', '--extra'])).code).toBe(0);
}

/** Requests at the destination that begin a part of the work, and how many of them are let through before. */
const moments: Record<string, (request: SeenRequest) => boolean> = {
  'it looks': ({ kind, method }) => kind === 'manifest' && method === 'HEAD',
  'an upload is begun': ({ kind, method }) => kind === 'upload' && method === 'POST',
  'a blob is put': ({ kind, method }) => kind === 'upload' && method === 'PUT',
  'a blob is mounted': ({ kind }) => kind === 'mount',
  'a manifest is put': ({ kind, method, byDigest }) => kind === 'manifest' && method === 'PUT' && byDigest,
  'a tag is put': ({ kind, method, byDigest }) => kind === 'manifest' && method === 'PUT' && !byDigest,
};
const cases = Object.keys(moments).flatMap((moment) =>
  (moment === 'a blob is mounted' ? [0] : [0, 2]).map((before) => [moment, before] as const),
);

describe('a run that is killed (SIGKILL)', () => {
  it.concurrent.each(cases)('when %s, after %i such requests, is resumed by running again', async (moment, before) => {
    const world = await emptyDestination();
    let [seen, isKilled] = [0, false];
    let running: ReturnType<typeof startApply> | undefined;
    world.destination.respond((request) => {
      if (!moments[moment]?.(request as SeenRequest) || seen++ < before || isKilled) return undefined;
      isKilled = true;
      running?.kill('SIGKILL');
      return undefined;
    });
    running = startApply(world);
    expect((await running.result).signal === 'SIGKILL').toBe(isKilled);
    // All that is mounted is of one image; the others have nothing in common.
    if (moment !== 'a blob is mounted') expect(isKilled).toBe(true);
    await expectResumed(world);
  });
});

describe.each(['SIGINT', 'SIGTERM'] as const)('a run that gets %s', (signal) => {
  it.concurrent('in the middle of uploads takes them back and exits with 130', async () => {
    const world = await emptyDestination();
    let running: ReturnType<typeof startApply> | undefined;
    // The registry does not answer: what is begun stays under way.
    let isSent = false;
    world.destination.respond(({ kind, method }) => {
      if (kind !== 'upload' || method !== 'PUT') return undefined;
      // A second signal would end it at once.
      if (!isSent) running?.kill(signal);
      isSent = true;
      return new Promise(() => {});
    });
    running = startApply(world);
    const { code, stderr } = await running.result;
    expect(code, stderr).toBe(130);
    expect(stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
    const uploads = world.destination.seen().filter(({ kind }) => kind === 'upload');
    const begun = uploads.filter(({ method, status }) => method === 'POST' && status === 202).length;
    const takenBack = uploads.filter(({ method, status }) => method === 'DELETE' && status === 204).length;
    expect(begun).toBeGreaterThan(0);
    expect(takenBack).toBe(begun);
    expect(await destinationTags(world)).toEqual(new Map());
    await expectResumed(world);
  });
});

describe('two runs at once', () => {
  it.concurrent.each([1, 2, 3])('at one destination both end well, and the tags are right (%i)', async () => {
    const world = await emptyDestination();
    // Each request takes a moment, so that they overlap in all that they do.
    world.destination.respond(() => new Promise((resolve) => setImmediate(() => resolve(undefined))));
    const ended = await Promise.all([
      startApply(world).result,
      startApply({ ...world, home: `${world.home}/2` }).result,
    ]);
    expect(
      ended.map(({ code }) => code),
      ended.map(({ stderr }) => stderr).join(''),
    ).toEqual([0, 0]);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    await expectWholeTags(world);
  });
});
