import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transferQueue } from '../../../src/apply/blobs/queue.ts';

describe('transfers side by side', () => {
  test('are so many and so many bytes at once, one larger one by itself, and all come in the order of asking', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ size: fc.integer({ min: 0, max: 30 }), fails: fc.boolean() }), { maxLength: 25 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 40 }),
        fc.scheduler(),
        async (works, most, mostBytes, scheduler) => {
          const queue = transferQueue(most, mostBytes);
          const begun: number[] = [];
          let [underWay, bytes] = [0, 0];
          const all = works.map(({ size, fails }, number) =>
            queue.run(size, async () => {
              begun.push(number);
              underWay += 1;
              bytes += size;
              expect(underWay).toBeLessThanOrEqual(most);
              if (underWay > 1) expect(bytes).toBeLessThanOrEqual(mostBytes);
              await scheduler.schedule(Promise.resolve(), `${number}`);
              underWay -= 1;
              bytes -= size;
              if (fails) throw new Error(`${number}`);
              return number;
            }),
          );
          const ended = await scheduler.waitFor(Promise.allSettled(all));
          expect(begun).toEqual(works.map((_, number) => number));
          expect(ended.map(({ status }) => status)).toEqual(
            works.map(({ fails }) => (fails ? 'rejected' : 'fulfilled')),
          );
        },
      ),
    );
  });

  test('are as many as may be at the time', async () => {
    let most = 1;
    const queue = transferQueue(() => most);
    const ends: (() => void)[] = [];
    const work = () => queue.run(1, () => new Promise<void>((end) => ends.push(end))).then(() => undefined);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const all = [work(), work(), work()];
    await turn();
    expect(ends).toHaveLength(1);
    most = 3;
    all.push(work());
    await turn();
    expect(ends).toHaveLength(3);
    most = 1;
    for (const end of ends.splice(0, 2)) end();
    await turn();
    expect(ends).toHaveLength(1);
    for (const end of ends.splice(0)) end();
    await turn();
    for (const end of ends.splice(0)) end();
    await Promise.all(all);
  });
});
