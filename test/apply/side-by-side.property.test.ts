import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sideBySide } from '../../src/apply/shared-jobs.ts';

describe('works side by side', () => {
  test('have shares of the jobs that are together never more than these, never nothing, and never become less', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 7 }),
      async (scheduler, jobs, lengths) => {
        const shares = new Map<number, () => number>();
        const works = lengths.map((length, index) => async (own: () => number) => {
          shares.set(index, own);
          for (let step = 0, before = 1; step < length; step += 1) {
            await scheduler.schedule(Promise.resolve(), `${index}`);
            expect(own()).toBeGreaterThanOrEqual(before);
            before = own();
            expect([...shares.values()].reduce((sum, share) => sum + share(), 0)).toBeLessThanOrEqual(jobs);
          }
          shares.delete(index);
          return index;
        });
        const done = sideBySide(works, jobs);
        await scheduler.waitFor(done);
        expect(await done).toEqual(lengths.map((_, index) => index));
      },
    );
    await fc.assert(property);
  });

  test('the last has all the jobs', async () => {
    let last = 0;
    const works = [
      async () => undefined,
      async (own: () => number) => {
        await new Promise((resolve) => setImmediate(resolve));
        last = own();
      },
    ];
    await sideBySide(works, 8);
    expect(last).toBe(8);
  });

  test('one that throws is told once the others have ended', async () => {
    const ended: string[] = [];
    const works = [
      () => Promise.reject(new Error('a bug')),
      async () => {
        await new Promise((resolve) => setImmediate(resolve));
        ended.push('other');
      },
    ];
    await expect(sideBySide(works, 2)).rejects.toThrow('a bug');
    expect(ended).toEqual(['other']);
  });
});
