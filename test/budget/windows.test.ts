import { describe, expect, test } from 'vitest';
import { destinationTags, expectJson, lockedTags, readLock } from '../support/mirror.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import {
  type ApplyBudget,
  applyToTheEnd,
  limitedWorld,
  manyImages,
  type PlannedPulls,
  tellBudget,
} from './limited-world.ts';

const platforms = 'platforms: [linux/amd64, linux/arm64]\n';
const six = 'amd64, arm64v8, arm32v7, i386, ppc64le, s390x';

describe('a source that allows far fewer pulls in a window than a mirror needs', () => {
  test('is never asked above its limit, and all is done in the windows that plan said, each manifest pulled once', async () => {
    const hubOptions = { anonymous: { pulls: 15 }, windowSeconds: 4 };
    const limited = await limitedWorld(manyImages(10, six), hubOptions, { more: platforms });
    const { world, hub } = limited;
    await expectJson(world, ['lock']);
    const before = hub.pulls()['127.0.0.1'] ?? 0;
    const { budget: planned } = await tellBudget<PlannedPulls>(limited, ['plan']);
    expect(planned).toMatchObject({ limit: 15, pulls: { atLeast: 40, expected: 40, exact: true } });
    const runs = await applyToTheEnd(limited, 10);
    // A run that is slow may see two windows.
    expect(runs.filter(({ used }) => used > 0).length).toBeLessThanOrEqual(planned?.windows ?? 0);
    expect(hub.refusals()).toEqual({ pullLimit: 0, abuse: 0 });
    expect((hub.pulls()['127.0.0.1'] ?? 0) - before).toBe(40);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    await expectWholeTags(world);
  });

  test('of indexes that nobody has read plan says at least, apply learns, and nothing is pulled twice', async () => {
    const limited = await limitedWorld(manyImages(4, six), { anonymous: { pulls: 20 }, windowSeconds: 4 });
    const { world, hub } = limited;
    await expectJson(world, ['lock']);
    const { budget: planned } = await tellBudget<PlannedPulls>(limited, ['plan']);
    expect(planned?.pulls).toMatchObject({ atLeast: 4, exact: false });
    const runs = await applyToTheEnd(limited, 10);
    expect(hub.pulls()).toEqual({ '127.0.0.1': 4 * 13 });
    expect(runs.filter(({ used }) => used > 0).length).toBeLessThanOrEqual(3);
    expect(hub.refusals().pullLimit).toBe(0);
    await expectWholeTags(world);
  });
});

test('a number of pulls is kept to by the next run in the same window as well, where the source says nothing', async () => {
  const source = ', budget: {pulls: 10, window: 1h}';
  const limited = await limitedWorld(manyImages(4, 'amd64, arm64v8'), { anonymous: {} }, { source });
  const { world, hub } = limited;
  await expectJson(world, ['lock']);
  const first = await tellBudget<ApplyBudget>(limited, ['apply']);
  expect([first.code, first.budget?.used]).toEqual([4, 10]);
  const second = await tellBudget<ApplyBudget>(limited, ['apply']);
  expect([second.code, second.budget]).toMatchObject([
    4,
    { used: 0, left: 0, waiting: [{ groups: 1 }, { groups: 1 }] },
  ]);
  expect(hub.pulls()).toEqual({ '127.0.0.1': 10 });
  const wait = Date.parse(second.budget?.resumeAt ?? '') - Date.now();
  expect(wait).toBeGreaterThan(3_400_000);
  expect(wait).toBeLessThan(3_605_000);
  const third = await tellBudget<ApplyBudget>(limited, ['apply', '--budget', 'unlimited']);
  expect([third.code, third.budget]).toEqual([0, undefined]);
  expect(hub.pulls()).toEqual({ '127.0.0.1': 20 });
});
