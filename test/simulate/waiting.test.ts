import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/core/names.ts';
import type { GroupContent } from '../../src/simulate/content.ts';
import { Mirror, type Wish } from '../../src/simulate/mirror.ts';
import { digest } from '../support/lockfiles.ts';

const window = 6 * 3600;

function group(name: string, children: readonly string[], indexes = [name]): GroupContent {
  return { digest: digest(name), indexes, children, allChildren: children.length };
}

function wish(arrived: readonly GroupContent[], left: readonly Digest[] = [], image = 'x'): Wish[] {
  return [{ image, arrived, left }];
}

function runAll(mirror: Mirror, runs: readonly (readonly Wish[])[]) {
  return runs.map((wishes, index) => mirror.run(index * window, wishes));
}

describe('how long one pull waits', () => {
  test('is shorter than the time in which anything waits, where each run brings something new', () => {
    const mirror = new Mirror(3);
    const runs = Array.from({ length: 10 }, (_, index) => wish([group(`g${index}`, [`${index}`])]));
    const waiting = runAll(mirror, [wish([group('a', ['a1', 'a2'])]), ...runs, []]).map((run) => run.waiting);
    expect(waiting.slice(0, -1).every((pulls) => pulls > 0)).toBe(true);
    expect(mirror.longestPullWait).toBe(1);
  });

  test('goes on where another group wants the same manifest in the run that drops the first', () => {
    const mirror = new Mirror(2);
    const filler = group('z', ['1', '2', '3', '4']);
    runAll(mirror, [wish([filler, group('a', ['9'])]), wish([group('b', ['9'])], [digest('a')]), [], [], [], []]);
    expect(mirror.longestPullWait).toBe(5);
  });

  test('ends where the lockfile names it no more, and a pull that still waits counts the last run', () => {
    const dropped = new Mirror(1);
    runAll(dropped, [wish([group('a', [], ['1', '2', '3'])]), wish([], [digest('a')]), []]);
    expect(dropped.longestPullWait).toBe(1);
    const open = new Mirror(1);
    runAll(open, [wish([group('a', [], ['1', '2', '3', '4'])]), []]);
    expect(open.longestPullWait).toBe(2);
  });

  test('what a group that waits has no more is waited for no more', () => {
    const mirror = new Mirror(1);
    const before = group('a', [], ['1', '2', '3']);
    const after = { ...before, indexes: ['1', '4'] };
    const waiting = runAll(mirror, [wish([before]), wish([after]), [], []]).map((run) => run.waiting);
    expect(waiting).toEqual([2, 0, 0, 0]);
    expect(mirror.isIdle).toBe(true);
  });

  test('is what a plain model of queues says, whatever comes and goes', () => {
    const step = fc.record({
      arrives: fc.array(
        fc.record({
          image: fc.constantFrom('x', 'y'),
          name: fc.constantFrom('a', 'b', 'c', 'd'),
          children: fc.uniqueArray(fc.constantFrom(...'123456789'), { minLength: 1, maxLength: 4 }),
          version: fc.integer({ min: 1, max: 3 }),
        }),
        { maxLength: 3 },
      ),
      leaves: fc.array(fc.record({ image: fc.constantFrom('x', 'y'), name: fc.constantFrom('a', 'b', 'c', 'd') }), {
        maxLength: 2,
      }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), fc.integer({ min: 2, max: 9 }), (steps, limit) => {
        const mirror = new Mirror(limit);
        const model = new PlainQueue(limit);
        steps.forEach(({ arrives, leaves }, index) => {
          const once = new Map(arrives.map((one) => [`${one.image} ${one.name}`, one]));
          const wishes = ['x', 'y'].map(
            (image): Wish => ({
              image,
              left: leaves.filter((one) => one.image === image).map(({ name }) => digest(name)),
              arrived: [...once.values()]
                .filter((one) => one.image === image)
                .map(({ name, children, version }) => group(name, children, [`${name}.${version}`])),
            }),
          );
          const { pulled, waiting } = mirror.run(index * window, wishes);
          expect({ pulled, waiting }).toEqual(model.run(wishes));
        });
        expect(mirror.longestPullWait).toBe(model.longest);
      }),
      { numRuns: 500 },
    );
  });
});

/** Groups in one row, oldest first; after each run it looks at every manifest that is wanted and absent. */
class PlainQueue {
  readonly #limit: number;
  readonly #present = new Set<string>();
  #row: { key: string; manifests: { name: string; cost: number }[] }[] = [];
  #waits = new Map<string, number>();
  longest = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  run(wishes: readonly Wish[]): { pulled: number; waiting: number } {
    for (const { image, left } of wishes)
      this.#row = this.#row.filter(({ key }) => !left.some((one) => key === `${image} ${one}`));
    for (const { image, arrived } of wishes) {
      for (const content of arrived) {
        const key = `${image} ${content.digest}`;
        const manifests = [
          ...content.children.map((name) => ({ name: `${image} ${name}`, cost: 2 })),
          ...content.indexes.map((name) => ({ name: `${image} ${name}`, cost: 1 })),
        ];
        const known = this.#row.find((one) => one.key === key);
        if (known === undefined) this.#row.push({ key, manifests });
        else known.manifests = manifests;
      }
    }
    const pulled = this.#pull();
    const absent = new Map(
      this.#row
        .flatMap(({ manifests }) => manifests)
        .flatMap(({ name, cost }) => (this.#present.has(name) ? [] : [[name, cost]])),
    );
    this.#waits = new Map([...absent.keys()].map((name) => [name, (this.#waits.get(name) ?? 0) + 1]));
    this.longest = Math.max(this.longest, ...this.#waits.values());
    return { pulled, waiting: [...absent.values()].reduce((sum, cost) => sum + cost, 0) };
  }

  #pull(): number {
    let left = this.#limit;
    while (this.#row.length > 0) {
      const next = this.#row[0]?.manifests.find(({ name }) => !this.#present.has(name));
      if (next === undefined) this.#row.shift();
      else if (next.cost > left) break;
      else {
        left -= next.cost;
        this.#present.add(next.name);
      }
    }
    return this.#limit - left;
  }
}
