import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseBatch } from '../../src/apply/limit/scheduler.ts';
import { durationText, parseDuration } from '../../src/core/duration.ts';
import type { Digest, ImageName, Tag } from '../../src/core/names.ts';
import {
  budgetOrder,
  estimate,
  forecast,
  groupCost,
  type Knowledge,
  sumEstimates,
  takesPulls,
  usualCost,
} from '../../src/plan/budget.ts';
import type { PlannedGroup } from '../../src/plan/types.ts';

const digest = (name: string) => `sha256:${name.padStart(64, '0')}` as Digest;

function group(image: string, name: string, replaces?: string, copy = true): PlannedGroup {
  const put = [{ tag: '1' as Tag, replaces: replaces === undefined ? undefined : digest(replaces) }];
  return { image: image as ImageName, digest: digest(name), copy, put };
}

function knowing(children: Record<string, string[]>, had: string[] = []): Knowledge {
  return {
    children: (of) => children[of.digest.replace(/^sha256:0*/, '')]?.map(digest),
    has: (_, one) => had.map(digest).includes(one),
    blobs: (one) => (one === digest('a1') ? [{ digest: digest('b1'), size: 7 }] : undefined),
  };
}

describe('what groups take', () => {
  test('is the index and the children that nobody has, each once', () => {
    const groups = [group('x', 'a'), group('x', 'b'), group('x', 'c', 'd', false)];
    const knowledge = knowing({ a: ['a1', 'a2'], b: ['a1', 'b2'] }, ['a2']);
    expect(estimate(groups, knowledge)).toMatchObject({
      groups: 2,
      atLeast: 4,
      expected: 4,
      exact: true,
      bytes: { known: 7, unknownManifests: 4 },
    });
  });

  test('of an index that nobody has read, is guessed from those that are known, and said to be no more than that', () => {
    const groups = [group('x', 'a'), group('x', 'b')];
    expect(estimate(groups, knowing({ a: ['a1', 'a2', 'a3'] }))).toMatchObject({
      atLeast: 5,
      expected: 8,
      exact: false,
    });
    expect(groupCost(groups[1] as PlannedGroup, knowing({}))).toMatchObject({ expected: 11, exact: false });
  });

  test('of a single manifest, or of one that a run has kept, is one or nothing', () => {
    expect(groupCost(group('x', 'a'), knowing({ a: [] })).expected).toBe(1);
    expect(groupCost(group('x', 'a'), knowing({ a: [] }, ['a'])).expected).toBe(0);
  });
});

test('a rewritten index takes only its children: it is made here', () => {
  const index = { sources: [digest('s')], without: [], children: [] };
  expect(groupCost({ ...group('x', 'a'), index }, knowing({ a: ['a1'] })).digests).toEqual([digest('a1')]);
});

describe('what the mending of a group takes', () => {
  const mended = (...pulled: readonly string[]): PlannedGroup => ({
    ...group('x', 'a', undefined, false),
    mend: { manifests: [digest('m'), ...pulled.map(digest)], pulled: pulled.map(digest) },
  });

  test('is what has to be read at the source', () => {
    expect(groupCost(mended('p', 'q'), knowing({}))).toEqual({
      ...{ digests: [digest('p'), digest('q')], exact: true, expected: 2 },
    });
    expect(groupCost(mended(), knowing({}))).toEqual({ digests: [], exact: true, expected: 0 });
    expect(groupCost(group('x', 'a', undefined, false), knowing({}))).toEqual({
      digests: [],
      exact: true,
      expected: 0,
    });
  });

  test('are pulls only where something has to be read', () => {
    expect([group('x', 'a'), mended('p'), mended(), group('x', 'a', undefined, false)].map(takesPulls)).toEqual([
      ...[true, true, false, false],
    ]);
  });
});

describe('what an index usually takes', () => {
  test('is the mean of those that are known, with itself', () => {
    const groups = ['a', 'b', 'c'].map((name) => group('x', name));
    expect(usualCost(groups, knowing({ a: ['a1', 'a2', 'a3'], b: ['b1', 'b2'] }))).toBe(4);
    expect(usualCost(groups, knowing({ a: [] }))).toBe(1);
  });

  test('is not known where none is, and guessed by all the same', () => {
    const groups = [group('x', 'a')];
    expect(usualCost(groups, knowing({}))).toBeUndefined();
    expect(estimate(groups, knowing({}))).toMatchObject({ atLeast: 1, expected: 11, exact: false });
  });
});

describe('the bytes', () => {
  test('are those of all that is copied, also where only its manifest is at the destination', () => {
    expect(estimate([group('x', 'a')], knowing({ a: ['a1'] }, ['a', 'a1'])).bytes).toEqual({
      known: 7,
      unknownManifests: 0,
    });
    expect(estimate([group('x', 'a')], knowing({})).bytes).toEqual({ known: 0, unknownManifests: 1 });
  });

  test('are none where nothing is copied', () => {
    const groups = [group('x', 'a', undefined, false)];
    expect(estimate(groups, knowing({ a: ['a1'] })).bytes).toEqual({ known: 0, unknownManifests: 0 });
  });
});

describe('several destinations', () => {
  test('take together what any of them takes, a manifest once, and the most that one of them may take beyond', () => {
    const known = knowing({ a: ['a1'] });
    const [exact, guessed] = [[group('x', 'a')], [group('x', 'a'), group('x', 'b')]].map((all) => estimate(all, known));
    if (exact === undefined || guessed === undefined) throw new Error('absent');
    expect(guessed).toMatchObject({ atLeast: 3, expected: 4 });
    expect(sumEstimates([exact, guessed])).toEqual({ atLeast: 3, expected: 4, exact: false });
    expect(sumEstimates([exact, exact])).toEqual({ atLeast: 2, expected: 2, exact: true });
    expect(sumEstimates([guessed, guessed])).toEqual({ atLeast: 3, expected: 4, exact: false });
  });
});

describe('the order', () => {
  test('takes a group of which one tag moves for one that moves', () => {
    const fresh = group('fresh', 'a');
    const moving = group('moving', 'b', '99');
    const both = { ...moving, put: [...moving.put, { tag: '2' as Tag, replaces: undefined }] };
    expect(budgetOrder([fresh, both], [], () => 1).map(({ image }) => image)).toEqual(['moving', 'fresh']);
  });

  test('is: nothing to pull, images named first, tags that move, cheap before dear, then that of the lockfile', () => {
    const groups = [
      group('a', 'a'),
      group('b', 'b'),
      group('c', 'c', '99'),
      group('d', 'd', '99'),
      group('e', 'e'),
      group('f', 'f', '99', false),
    ];
    const costs: Record<string, number> = { a: 5, b: 2, c: 9, d: 3, e: 2 };
    const named = [{ matches: (image: string) => image === 'e' }];
    const ordered = budgetOrder(groups, named, ({ image }) => costs[image] ?? 0);
    expect(ordered.map(({ image }) => image)).toEqual(['f', 'e', 'd', 'c', 'b', 'a']);
  });
});

describe('the forecast', () => {
  const state = { limit: 100, left: 40, windowMs: 1_000 };

  test.each([
    [0, { windows: 0, doneAt: 5 }],
    [40, { windows: 1, doneAt: 5 }],
    [41, { windows: 2, doneAt: 1_005 }],
    [140, { windows: 2, doneAt: 1_005 }],
    [141, { windows: 3, doneAt: 2_005 }],
  ])('for %d pulls', (pulls, expected) => {
    expect(forecast(pulls, state, 5)).toEqual(expected);
  });

  test('pulls that are left are made now, whenever others come back', () => {
    for (const pulls of [39, 40])
      expect(forecast(pulls, { ...state, freeAt: 900 }, 5)).toEqual({ windows: 1, doneAt: 5 });
  });

  test('a window that is used up does not count, and the next begins when the source gives pulls back', () => {
    expect(forecast(100, { ...state, left: 0, freeAt: 300 }, 5)).toEqual({ windows: 1, doneAt: 300 });
  });

  test('is what filling windows one by one takes', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.integer({ min: 1, max: 200 }), fc.nat(200), (pulls, limit, some) => {
        const left = Math.min(some, limit);
        let [rest, windows] = [pulls - left, left > 0 && pulls > 0 ? 1 : 0];
        for (; rest > 0; rest -= limit) windows += 1;
        expect(forecast(pulls, { limit, left, windowMs: 1 }, 0).windows).toBe(windows);
      }),
    );
  });
});

describe('a batch', () => {
  const costOf =
    (expected: Record<string, number>) =>
    ({ image }: PlannedGroup) => ({
      digests: [],
      exact: true,
      expected: expected[image] ?? 0,
    });
  const [a, b, c] = [group('a', 'a'), group('b', 'b'), group('c', 'c')] as const;

  test('is all that fits together, in order; what does not fit is passed over', () => {
    expect(chooseBatch([a, b, c], 10, costOf({ a: 6, b: 5, c: 4 }))).toEqual([a, c]);
  });

  test('is the first alone where none fits; and nothing where nothing is left', () => {
    expect(chooseBatch([a, b], 3, costOf({ a: 6, b: 5 }))).toEqual([a]);
    expect(chooseBatch([a, b], 0, costOf({ a: 6, b: 5 }))).toEqual([]);
  });

  test('has what costs nothing even where nothing is left', () => {
    expect(chooseBatch([a, b], 0, costOf({ a: 6, b: 0 }))).toEqual([b]);
  });
});

test('durations are read and told', () => {
  expect(['20s', '30m', '6h', '30d', '0s', '6', '1w', '1.5h'].map(parseDuration)).toEqual([
    ...[20_000, 1_800_000, 21_600_000, 2_592_000_000],
    ...[undefined, undefined, undefined, undefined],
  ]);
  expect([20_000, 1_800_000, 21_600_000, 23_400_000, 259_200_000, 280_800_000].map(durationText)).toEqual([
    ...['20 s', '30 min', '6 h', '6 h 30 min', '3 d', '3 d 6 h'],
  ]);
});
