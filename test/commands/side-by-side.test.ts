import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { startCli } from '../support/cli.ts';
import type { HookAnswer } from '../support/counting-proxy.ts';
import { expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { type DestinationAt, gate, missingAt, setDestinations } from '../support/side-by-side.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { countedRegistry, setWorld, type World } from '../support/world.ts';

// What is tried again takes its time.
vi.setConfig({ testTimeout: 240_000 });
const longWait = { timeout: 25_000, interval: 50 };

let world: World;
let one: DestinationAt;
let two: DestinationAt;

/** Two registries, each with nothing in it. */
async function freshWorld(): Promise<void> {
  world = await setWorld({ images: everything, library: tinyLibrary });
  one = { name: 'one', at: world.destination };
  two = { name: 'two', at: await countedRegistry() };
  setDestinations(world, [one, two]);
  await expectJson(world, ['lock']);
  world.source.reset();
}

it('a registry that does not answer is found out by the tries of one request', async () => {
  await freshWorld();
  one.at.respond(({ kind }) => (kind === 'manifest' ? { status: 0, reset: true } : undefined));
  one.at.reset();
  const { code, stderr } = await mirrorlock(world, ['apply', '--destination', 'one']);
  expect(code).toBe(1);
  expect(stderr.match(/not applied at one/g)).toHaveLength(1);
  expect(stderr).toContain('3 groups of 2 images (');
  expect(one.at.counts()).toMatchObject({ manifestHead: 5, requests: 6 });
});

/** Each step begins where the one before ended. */
describe('destinations in two registries', () => {
  const step = story();
  beforeAll(freshWorld);

  step('get the same digests, and ask the source once for each manifest, also at the same moment', async () => {
    const tags = lockedTags(readLock(world)).size;
    const hasLooked = ({ at }: DestinationAt) => at.counts().manifestHead >= tags;
    world.source.respond(async ({ kind, method }) => {
      if (kind === 'manifest' && method === 'GET') {
        await vi.waitFor(() => expect([one, two].every(hasLooked)).toBe(true), longWait);
      }
      return undefined;
    });
    const result = await expectJson(world, ['apply']);
    world.source.respond(undefined);
    const { manifestGet, distinctManifestsGot } = world.source.counts();
    // Three indexes, four images, and an attestation of each.
    expect([manifestGet, distinctManifestsGot]).toEqual([11, 11]);
    expect(result.requests.source['countedPulls']).toBe(11);
    expect(result['destinations']).toMatchObject([
      { name: 'one', counts: { copied: 3, failed: 0 } },
      { name: 'two', counts: { copied: 3, failed: 0 } },
    ]);
    expect([await missingAt(world, one), await missingAt(world, two)]).toEqual([[], []]);
  });

  step('are told with their names, in the order of the configuration', async () => {
    const { stdout, stderr } = await mirrorlock(world, ['apply']);
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['one', 'two', '']);
    expect(stderr).toMatch(/^one: Looking at the destination \(\d+\) …$/m);
    expect(stderr).toMatch(/^two: Looking at the destination: \d+ done$/m);
  });
});

describe('a destination does not hold back another', () => {
  const answers: Record<string, { answer: HookAnswer; code: number; says?: RegExp }> = {
    'is silent until the other is done': { answer: undefined, code: 0 },
    'answers 500': { answer: { status: 500, body: 'oh' }, code: 1, says: /registry\/server: .*not applied at one/ },
    'refuses the login': { answer: { status: 401 }, code: 1, says: /registry\/unauthorized: .*not applied at one/ },
    'resets connections': {
      answer: { status: 0, reset: true },
      code: 1,
      says: /registry\/network: .*not applied at one/,
    },
  };
  it.each(Object.entries(answers))('that %s', async (_, { answer, code, says }) => {
    await freshWorld();
    const otherIsDone = gate();
    one.at.respond(async () => {
      await otherIsDone.opened;
      return answer;
    });
    const running = startCli(['apply', '--json', '-C', world.mirror], {
      env: { MIRRORLOCK_CACHE: join(world.home, 'cache') },
    });
    await vi.waitFor(async () => expect(await missingAt(world, two)).toEqual([]), longWait);
    otherIsDone.open();
    const result = await running.result;
    expect(result.code, result.stderr).toBe(code);
    if (says !== undefined) expect(result.stderr).toMatch(says);
    expect(result.stderr).not.toContain('not applied at two');
    const [first, second] = JSON.parse(result.stdout).destinations;
    expect(first.counts.failed).toBe(code === 0 ? 0 : 3);
    expect(second.counts).toMatchObject({ copied: 3, failed: 0 });
    one.at.respond(undefined);
    await expectJson(world, ['apply']);
    expect(await missingAt(world, one)).toEqual([]);
  });

  it('that never gets on with its blobs, which keep its transfers waiting', async () => {
    await freshWorld();
    const otherIsDone = gate();
    one.at.respond(async ({ kind }) => {
      if (kind === 'upload') await otherIsDone.opened;
      return undefined;
    });
    const applied = mirrorlock(world, ['apply', '--jobs', '2']);
    await vi.waitFor(async () => expect(await missingAt(world, two)).toEqual([]), longWait);
    expect(await missingAt(world, one)).not.toEqual([]);
    otherIsDone.open();
    const { code, stderr } = await applied;
    expect(code, stderr).toBe(0);
    expect(await missingAt(world, one)).toEqual([]);
  });
});

it('an interrupt ends the transfers to all destinations', async () => {
  await freshWorld();
  const never = gate();
  const begun = new Set<string>();
  for (const { name, at } of [one, two]) {
    at.respond(async ({ kind, method }) => {
      if (kind !== 'upload' || method !== 'PUT') return undefined;
      begun.add(name);
      await never.opened;
      return undefined;
    });
  }
  const running = startCli(['apply', '-C', world.mirror], { env: { MIRRORLOCK_CACHE: join(world.home, 'cache') } });
  await vi.waitFor(() => expect(begun.size).toBe(2), longWait);
  running.kill('SIGINT');
  expect((await running.result).code).toBe(130);
  never.open();
  expect([one, two].map(({ at }) => at.counts().manifestPut)).toEqual([0, 0]);
});

it('the transfers to all destinations are together no more than --jobs', async () => {
  await freshWorld();
  const three = { name: 'three', at: await countedRegistry() };
  setDestinations(world, [one, two, three]);
  let [running, most] = [0, 0];
  for (const { at } of [one, two, three]) {
    at.respond(async ({ kind, method }) => {
      if (kind !== 'upload' || method !== 'PUT') return undefined;
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return undefined;
    });
  }
  await expectJson(world, ['apply', '--jobs', '2']);
  expect(most).toBe(2);
  for (const destination of [one, two, three]) expect(await missingAt(world, destination)).toEqual([]);
});

it('two in one registry and one elsewhere: the blobs of the registry are fetched once', async () => {
  await freshWorld();
  const copies = { name: 'copies', at: one.at, namespace: 'team/copies' };
  setDestinations(world, [one, two, copies]);
  const result = await expectJson(world, ['apply']);
  const { manifestGet, distinctManifestsGot, blobGet, distinctBlobsGot } = world.source.counts();
  expect(manifestGet).toBe(distinctManifestsGot);
  // Once for each registry.
  expect(blobGet).toBe(2 * distinctBlobsGot);
  expect((result['destinations'] as { name: string }[]).map(({ name }) => name)).toEqual(['one', 'two', 'copies']);
  for (const destination of [one, two, copies]) expect(await missingAt(world, destination)).toEqual([]);
  // One that comes later takes all from the registry.
  const later = { name: 'later', at: one.at, namespace: 'later' };
  setDestinations(world, [one, later]);
  world.source.reset();
  await expectJson(world, ['apply']);
  expect(world.source.counts()).toMatchObject({ manifestGet: 0, blobGet: 0 });
  expect(await missingAt(world, later)).toEqual([]);
});
