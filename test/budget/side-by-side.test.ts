import { expect, test, vi } from 'vitest';
import { expectJson, mirrorlock } from '../support/mirror.ts';
import { gate, missingAt, setDestinations } from '../support/side-by-side.ts';
import { countedRegistry } from '../support/world.ts';
import {
  type ApplyBudget,
  applyToTheEnd,
  limitedWorld,
  manyImages,
  type PlannedPulls,
  tellBudget,
} from './limited-world.ts';

const six = 'amd64, arm64v8, arm32v7, i386, ppc64le, s390x';

async function twoDestinations(...args: Parameters<typeof limitedWorld>) {
  const limited = await limitedWorld(...args);
  const one = { name: 'one', at: limited.world.destination };
  const two = { name: 'two', at: await countedRegistry() };
  setDestinations(limited.world, [one, two]);
  await expectJson(limited.world, ['lock']);
  return { ...limited, limited, one, two };
}

test('two registries have one allowance: no pull above it, none made twice, done in the windows that plan said', async () => {
  const more = 'platforms: [linux/amd64, linux/arm64]\n';
  const { limited, world, hub, one, two } = await twoDestinations(
    manyImages(10, six),
    { anonymous: { pulls: 15 }, windowSeconds: 4 },
    { more },
  );
  const before = hub.pulls()['127.0.0.1'] ?? 0;
  const { budget: planned } = await tellBudget<PlannedPulls>(limited, ['plan']);
  expect(planned?.pulls).toEqual({ atLeast: 40, expected: 40, exact: true });
  const runs = await applyToTheEnd(limited, 10);
  // A window may end, and the next begin, while a run goes on.
  expect(runs.filter(({ used }) => used > 0).length).toBeLessThanOrEqual(planned?.windows ?? 0);
  expect(hub.refusals()).toEqual({ pullLimit: 0, abuse: 0 });
  expect((hub.pulls()['127.0.0.1'] ?? 0) - before).toBe(40);
  expect([await missingAt(world, one), await missingAt(world, two)]).toEqual([[], []]);
});

test('where they lack different things, all that the source allows is used, and what waits is told of each', async () => {
  const { limited, world, hub, one, two } = await twoDestinations(manyImages(4, 'amd64, arm64v8'), { anonymous: {} });
  // Five pulls each: an index, two images and their attestations.
  await mirrorlock(world, ['apply', '--destination', 'one', '--image', 'image1,image2']);
  await mirrorlock(world, ['apply', '--destination', 'two', '--image', 'image3,image4']);
  expect(hub.pulls()).toEqual({ '127.0.0.1': 20 });
  const first = await tellBudget<ApplyBudget>(limited, ['apply', '--budget', '12', '--max-wait', '0']);
  expect([first.code, first.budget?.used]).toEqual([4, 12]);
  const names = new Set(first.budget?.waiting.map((entry) => (entry as { destination?: string }).destination));
  expect([...names].every((name) => name === 'one' || name === 'two')).toBe(true);
  expect(names.size).toBeGreaterThan(0);
  expect(hub.pulls()).toEqual({ '127.0.0.1': 32 });
  const second = await tellBudget<ApplyBudget>(limited, ['apply', '--budget', '1000']);
  expect(second.code).toBe(0);
  // Nothing that was pulled for a group that had to wait is pulled again.
  expect(hub.pulls()).toEqual({ '127.0.0.1': 40 });
  expect([await missingAt(world, one), await missingAt(world, two)]).toEqual([[], []]);
});

test('one that cannot be reached takes nothing of the allowance, and the other is done', async () => {
  const { limited, world, hub, one, two } = await twoDestinations(manyImages(2, 'amd64'), { anonymous: { pulls: 6 } });
  one.at.respond(() => ({ status: 0, reset: true }));
  const { code, stderr, budget } = await tellBudget<ApplyBudget>(limited, ['apply']);
  expect([code, budget?.waiting]).toEqual([1, []]);
  expect(stderr).toContain('not applied at one');
  expect(stderr).not.toContain('not applied at two');
  expect(await missingAt(world, two)).toEqual([]);
  one.at.respond(undefined);
  expect(hub.pulls()).toEqual({ '127.0.0.1': 6 });
});

test('one that never gets on does not hold back the other within a limit either', async () => {
  const { world, hub, one, two } = await twoDestinations(manyImages(2, 'amd64'), { anonymous: { pulls: 100 } });
  const otherIsDone = gate();
  one.at.respond(async ({ kind }) => {
    if (kind === 'upload') await otherIsDone.opened;
    return undefined;
  });
  const applied = mirrorlock(world, ['apply']);
  await vi.waitFor(async () => expect(await missingAt(world, two)).toEqual([]), { timeout: 25_000, interval: 50 });
  expect(await missingAt(world, one)).not.toEqual([]);
  otherIsDone.open();
  const { code, stderr } = await applied;
  expect(code, stderr).toBe(0);
  expect(await missingAt(world, one)).toEqual([]);
  expect(hub.pulls()).toEqual({ '127.0.0.1': 6 });
});
