import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coordinator, type Participant } from '../../src/apply/limit/coordinator.ts';

/** A source of pulls in windows, and what of it is known; who begins anew while somebody pulls would see too many. */
function allowance(windows: readonly number[], scheduler: fc.Scheduler) {
  let [window, left, pulling] = [0, 0, 0];
  const taken: number[] = [];
  return {
    taken,
    left: () => left,
    async begin() {
      expect(pulling).toBe(0);
      await scheduler.schedule(Promise.resolve(), 'begin');
      expect(pulling).toBe(0);
      left = (windows[window] ?? 0) - (taken[window] ?? 0);
    },
    async wait() {
      await scheduler.schedule(Promise.resolve(), 'wait');
      window += 1;
      return window < windows.length;
    },
    async pull() {
      left -= 1;
      pulling += 1;
      await scheduler.schedule(Promise.resolve(), 'pull');
      taken[window] = (taken[window] ?? 0) + 1;
      pulling -= 1;
    },
  };
}

/** Needs things by name; what another has pulled, it takes from what was kept. Gives what is left. */
async function work(
  needs: readonly number[],
  kept: Set<number>,
  participant: Participant,
  from: ReturnType<typeof allowance>,
) {
  const pending = [...needs];
  let known = new Set(kept);
  for (;;) {
    const free = pending.find((need) => known.has(need));
    const next = free ?? (from.left() >= 1 ? pending[0] : undefined);
    if (pending.length === 0) return pending;
    if (next !== undefined) {
      if (free === undefined) {
        await from.pull();
        kept.add(next);
        participant.pulled();
      }
      pending.splice(pending.indexOf(next), 1);
      continue;
    }
    const renew = async () => {
      const before = from.left();
      await from.begin();
      return from.left() > before;
    };
    const turn = await participant.waitForOthers({ renew, wait: from.wait });
    if (turn === 'end') return pending;
    if (turn === 'retry') known = new Set(kept);
  }
}

const needs = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 9 });

describe('several that work within one allowance', () => {
  test('begin it anew only while nobody pulls, never pull above it, and leave nothing that was pulled or could be', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(needs, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }),
      async (scheduler, all, windows) => {
        const together = coordinator();
        const kept = new Set<number>();
        const from = allowance(windows, scheduler);
        const works = all.map(async (wanted, index) => {
          await scheduler.schedule(Promise.resolve(), `arrives ${index}`);
          const participant = await together.join(from.begin);
          try {
            return await work(wanted, kept, participant, from);
          } finally {
            participant.leave();
          }
        });
        const ended = Promise.all(works);
        await scheduler.waitFor(ended);
        for (const [window, pulls] of from.taken.entries())
          expect(pulls ?? 0).toBeLessThanOrEqual(windows[window] ?? 0);
        const left = (await ended).flat();
        expect(left.filter((need) => kept.has(need))).toEqual([]);
        const sum = (numbers: readonly (number | undefined)[]) =>
          numbers.reduce<number>((all, one) => all + (one ?? 0), 0);
        if (left.length > 0) expect(sum(from.taken)).toBe(sum(windows));
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  test('one that fails to begin does not keep the others from it', async () => {
    const together = coordinator();
    await expect(together.join(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    let begun = 0;
    const participant = await together.join(async () => {
      begun += 1;
    });
    expect(begun).toBe(1);
    expect(await participant.waitForOthers({ renew: async () => false, wait: async () => false })).toBe('end');
  });

  test('who comes while the source is asked anew waits for its answer', async () => {
    const together = coordinator();
    const order: string[] = [];
    const participant = await together.join(async () => {});
    const renew = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('renewed');
      return true;
    };
    const turn = participant.waitForOthers({ renew, wait: async () => false });
    const joined = together.join(async () => {}).then(() => order.push('joined'));
    expect(await turn).toBe('again');
    await joined;
    expect(order).toEqual(['renewed', 'joined']);
  });

  test('what fails while all are stuck fails for each', async () => {
    const together = coordinator();
    const participants = [await together.join(async () => {}), await together.join(async () => {})];
    const ways = { renew: () => Promise.reject(new Error('interrupted')), wait: async () => true };
    const ended = await Promise.allSettled(participants.map((participant) => participant.waitForOthers(ways)));
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
