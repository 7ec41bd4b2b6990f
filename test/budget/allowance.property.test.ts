import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunAllowance, runAllowance } from '../../src/apply/limit/allowance.ts';
import { noPulls, type PullLedger, pullLedger } from '../../src/apply/limit/ledger.ts';
import type { Budget } from '../../src/config/budget.ts';
import type { PullLimit } from '../../src/registry/types.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const auto: Budget = { pulls: 'auto', windowMs: 3_600_000, withoutHeaders: 'unlimited', order: [] };
const folder = temporaryDirectory().path;
let files = 0;
function freshFile(): string {
  files += 1;
  return join(folder, `${files}.json`);
}
/** Where headers decide, the ledger only writes down. */
const anyNumber: PullLedger = {
  claim: async (wanted) => wanted,
  look: async () => noPulls,
  noteFresh: async () => {},
};

/** A source that counts GETs when they reach it; each answer tells what was left then, and may be late. */
function source(limit: number, scheduler: fc.Scheduler) {
  let counted = 0;
  let refused = 0;
  const told = (): PullLimit => ({ limit, remaining: Math.max(0, limit - counted), windowSeconds: 60 });
  return {
    told,
    counted: () => counted,
    refused: () => refused,
    /** Somebody else uses the same limit. */
    useUp: (pulls: number) => {
      counted = Math.min(limit, counted + pulls);
    },
    async get(): Promise<PullLimit> {
      await scheduler.schedule(Promise.resolve(), 'request');
      if (counted >= limit) refused += 1;
      else counted += 1;
      const answer = told();
      await scheduler.schedule(Promise.resolve(), 'answer');
      return answer;
    },
  };
}

async function pullMany(
  allowance: RunAllowance,
  count: number,
  get: () => Promise<PullLimit>,
  scheduler: fc.Scheduler,
) {
  const workers = Array.from({ length: count }, async () => {
    await scheduler.schedule(Promise.resolve(), 'start');
    if (await allowance.take()) allowance.seen(await get());
  });
  await scheduler.waitFor(Promise.all(workers));
}

describe('however requests and answers interleave', () => {
  test('a source that tells its limit is never asked above it, and all that it allows is used', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.nat(12),
      fc.nat(20),
      fc.nat(12),
      async (scheduler, limit, first, second) => {
        const hub = source(limit, scheduler);
        const allowance = runAllowance(auto, anyNumber, () => 0);
        await allowance.begin(hub.told());
        await pullMany(allowance, first, hub.get, scheduler);
        await allowance.begin(hub.told());
        await pullMany(allowance, second, hub.get, scheduler);
        expect(hub.refused()).toBe(0);
        expect(hub.counted()).toBe(Math.min(limit, first + second));
        expect(allowance.used()).toBe(hub.counted());
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  test('what others use is seen by the answers, and not used again', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 12 }),
      fc.nat(12),
      async (scheduler, limit, others) => {
        const hub = source(limit, scheduler);
        const allowance = runAllowance(auto, anyNumber, () => 0);
        await allowance.begin(hub.told());
        hub.useUp(others);
        // One answer is enough to know.
        if (await allowance.take()) await scheduler.waitFor(hub.get().then((told) => allowance.seen(told)));
        const before = hub.refused();
        await pullMany(allowance, 20, hub.get, scheduler);
        expect(hub.refused()).toBe(before);
        expect(hub.counted()).toBe(limit);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  test('a number of pulls is kept to by several runs at once that share a ledger', async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }),
      async (pulls, runs) => {
        const file = freshFile();
        const taken = await Promise.all(
          runs.map(async (count) => {
            const own = runAllowance(
              { ...auto, pulls },
              pullLedger(file, auto.windowMs, () => 0),
              () => 0,
            );
            await own.begin(undefined);
            return (await Promise.all(Array.from({ length: count }, () => own.take()))).filter(Boolean).length;
          }),
        );
        const wanted = runs.reduce((sum, count) => sum + count, 0);
        expect(taken.reduce((sum, count) => sum + count, 0)).toBe(Math.min(pulls, wanted));
      },
    );
    await fc.assert(property, { numRuns: 15 });
  }, 30_000);

  test('no window of a ledger holds more than the number, at any times', async () => {
    const steps = fc.array(fc.tuple(fc.nat(5_000), fc.nat(4)), { maxLength: 25 });
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 6 }), steps, async (ceiling, jumps) => {
      let now = 0;
      const windowMs = 10_000;
      const ledger = pullLedger(freshFile(), windowMs, () => now);
      const made: number[] = [];
      for (const [jump, wanted] of jumps) {
        now += jump;
        const granted = await ledger.claim(wanted, ceiling);
        made.push(...Array.from({ length: granted }, () => now));
      }
      for (const start of made) {
        expect(made.filter((time) => time >= start && time < start + windowMs).length).toBeLessThanOrEqual(ceiling);
      }
    });
    await fc.assert(property, { numRuns: 25 });
  }, 30_000);
});

test('a refusal above the limit stops the run until it begins anew, and tells when that may be', async () => {
  let now = 1_000;
  const allowance = runAllowance(
    { ...auto, pulls: 10 },
    pullLedger(freshFile(), auto.windowMs, () => now),
    () => now,
  );
  await allowance.begin(undefined);
  allowance.refused(5_000);
  expect([await allowance.take(), allowance.left()]).toEqual([false, 0]);
  expect(await allowance.state()).toMatchObject({ left: 0, freeAt: 6_000 });
  await allowance.begin(undefined);
  expect(await allowance.take()).toBe(false);
  now = 6_000;
  await allowance.begin(undefined);
  expect(await allowance.take()).toBe(true);
});

test('a ledger that is no ledger is told with its file, and not taken for an empty one', async () => {
  const { writeFileSync } = await import('node:fs');
  const file = freshFile();
  writeFileSync(file, '{"schema":"else"}');
  await expect(pullLedger(file, 1_000, () => 0).claim(1, 1)).rejects.toMatchObject({
    problems: [{ code: 'budget/ledger', hint: expect.stringContaining(file) }],
  });
});
