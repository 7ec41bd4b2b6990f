import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { turns } from '../../../src/apply/skopeo/turns.ts';
import { digest } from '../../lock/build.ts';

const blobs = [...'abcdef'].map(digest);

describe('turns of copy processes', () => {
  test('are so many at once, never two that would fetch the same blob, and all come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.subarray(blobs), fc.boolean()), { maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        fc.scheduler(),
        async (works, atOnce, scheduler) => {
          const inTurn = turns(atOnce);
          const fetching = new Set<string>();
          const there = new Set<string>();
          let underWay = 0;
          let done = 0;
          const all = works.map(([wanted, succeeds], number) =>
            inTurn.take(wanted, async () => {
              underWay += 1;
              expect(underWay).toBeLessThanOrEqual(atOnce);
              const fetched = wanted.filter((blob) => !there.has(blob));
              for (const blob of fetched) {
                expect(fetching).not.toContain(blob);
                fetching.add(blob);
              }
              await scheduler.schedule(Promise.resolve(), `${number}`);
              for (const blob of fetched) fetching.delete(blob);
              if (succeeds) {
                inTurn.placed(wanted);
                for (const blob of wanted) there.add(blob);
              }
              underWay -= 1;
              done += 1;
            }),
          );
          await scheduler.waitFor(Promise.all(all));
          await inTurn.idle();
          expect(done).toBe(works.length);
        },
      ),
    );
  });

  test('pass over one that has to wait for a blob', async () => {
    const inTurn = turns(2);
    const order: string[] = [];
    let release = () => {};
    const first = inTurn.take(blobs.slice(0, 1), async () => {
      order.push('first');
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    const second = inTurn.take(blobs.slice(0, 2), async () => void order.push('second'));
    const third = inTurn.take(blobs.slice(2), async () => void order.push('third'));
    await third;
    expect(order).toEqual(['first', 'third']);
    release();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'third', 'second']);
  });

  test('come also after one that failed, whose error is its own', async () => {
    const inTurn = turns(1);
    const failing = inTurn.take(blobs, () => Promise.reject(new Error('no')));
    const next = inTurn.take(blobs, async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
    await inTurn.idle();
  });
});
