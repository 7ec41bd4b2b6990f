import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import { unlimitedScheduler } from '../../src/apply/limit/scheduler.ts';
import type { ApplyPorts } from '../../src/apply/types.ts';
import { problemError } from '../../src/core/problem.ts';
import type { LockedImage } from '../../src/lock/types.ts';
import { look } from '../../src/plan/look.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { inAnyOrder } from '../support/any-order.ts';
import { groupAt, imageOf, index, lockedTags, type ModelManifest, ModelRegistry, model, single } from './model.ts';

const children = Array.from({ length: 6 }, (_, number) => single(`child${number}`));

interface World {
  /** What the source has, by image. */
  readonly published: ReadonlyMap<string, readonly ModelManifest[]>;
  readonly locked: readonly LockedImage[];
  /** Which manifests the destination has, and which tags point at one of them. */
  readonly had: ReadonlyMap<string, readonly ModelManifest[]>;
}

/** Groups of indexes over shared children, or of single manifests, with a tag or two each. */
const anyTops = fc.uniqueArray(
  fc.oneof(
    fc.subarray(children).map((own) => index(...own)),
    fc.nat({ max: 3 }).map((number) => single(`lone${number}`)),
  ),
  { selector: ({ digest }) => digest, maxLength: 5 },
);

function worldOf(...images: readonly string[]): fc.Arbitrary<World> {
  const each = images.map(() => fc.tuple(anyTops, fc.subarray(children), fc.infiniteStream(fc.boolean())));
  return fc.tuple(...each).map((worlds) => {
    const published = new Map<string, readonly ModelManifest[]>();
    const had = new Map<string, readonly ModelManifest[]>();
    const locked = worlds.map(([tops, there, choose], position) => {
      const name = images[position] ?? '';
      const choice = () => choose.next().value === true;
      published.set(name, [...children, ...tops]);
      const whole = tops.filter((top) => top.children.every((child) => there.some(({ digest }) => digest === child)));
      had.set(name, [...there, ...whole.filter(choice)]);
      return imageOf(
        name,
        ...tops.map((top, number) => groupAt(top, choice() ? `t${number}` : `t${number} u${number}`)),
      );
    });
    return { published, locked, had };
  });
}

/** Few images, and more. */
const fewImages = worldOf('alpine', 'debian');
const anyWorld = fc.oneof(fewImages, worldOf('alpine', 'busybox', 'debian', 'golang'));

/** The destination as it was, some of its tags at the right digest, some at another. */
function destinationOf({ had, locked }: World, options: { careless?: boolean } = {}): ModelRegistry {
  const destination = new ModelRegistry(options);
  for (const [name, manifests] of had) destination.add(name, ...manifests);
  for (const [tag, digest] of lockedTags(locked)) {
    const [image = ''] = tag.split(':');
    const there = had.get(image) ?? [];
    const at = tag.includes(':u') ? there[0]?.digest : there.find((manifest) => manifest.digest === digest)?.digest;
    if (at !== undefined) destination.tags.set(tag, at);
  }
  return destination;
}

function sourceOf({ published }: World, hasPullLimit: boolean): ModelRegistry {
  const source = new ModelRegistry({ hasPullLimit });
  for (const [name, manifests] of published) source.add(name, ...manifests);
  return source;
}

/** Ports whose answers arrive in an order of the scheduler's choice. */
function shuffled({ source, destination, engine }: ApplyPorts, scheduler: fc.Scheduler): ApplyPorts {
  return {
    source: { ...source, get: inAnyOrder(scheduler, source.get) },
    destination: {
      hasWhole: inAnyOrder(scheduler, destination.hasWhole),
      head: inAnyOrder(scheduler, destination.head),
      get: inAnyOrder(scheduler, destination.get),
      put: inAnyOrder(scheduler, destination.put),
    },
    engine: { ...engine, copy: inAnyOrder(scheduler, engine.copy) },
  };
}

const never = () => false;
const refused = problemError('model/refused', 'Refused.');

async function run(
  world: World,
  destination: ModelRegistry,
  scheduler: fc.Scheduler,
  { isFault = never, isLost = never, hasPullLimit = false } = {},
) {
  const fault = () => {
    expect(destination.brokenTags()).toEqual([]);
    if (isFault()) throw refused;
  };
  const lost = () => {
    if (isLost()) throw refused;
  };
  const made = model(sourceOf(world, hasPullLimit), destination, fault, lost);
  const before = new Map(destination.tags);
  const plan = makePlan(await look(world.locked, made.has));
  const result = await scheduler.waitFor(
    applyPlan(plan, shuffled(made.ports, scheduler), unlimitedScheduler(hasPullLimit)),
  );
  return { ...made, before, plan, result };
}

describe('promise 2: a tag is put only once its digest is wholly there', () => {
  test('whatever fails, in whatever order, and what fails is told', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyWorld,
        fc.scheduler(),
        fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
        fc.constantFrom(5, 20, 60),
        fc.record({ careless: fc.boolean() }),
        async (world, scheduler, dice, percent, options) => {
          const destination = destinationOf(world, options);
          const isFault = () => dice.next().value < percent;
          const { plan, result, before } = await run(world, destination, scheduler, { isFault });
          expect(destination.brokenTags()).toEqual([]);

          const failed = new Set(result.failures.flatMap(({ image, tags }) => tags.map((tag) => `${image}:${tag}`)));
          const planned = plan.groups.flatMap(({ image, digest, put }) =>
            put.map(({ tag }) => ({ name: `${image}:${tag}`, digest })),
          );
          for (const { name, digest } of planned) {
            expect(destination.tags.get(name)).toBe(failed.has(name) ? before.get(name) : digest);
          }
          expect(result.tagged + failed.size).toBe(planned.length);
          expect(result.failures.every(({ problem }) => problem.code === 'model/refused')).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('also when answers are lost; and the next run brings the rest', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyWorld,
        fc.scheduler(),
        fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
        async (world, scheduler, dice) => {
          const destination = destinationOf(world, { careless: true });
          const fails = () => dice.next().value < 20;
          await run(world, destination, scheduler, { isFault: fails, isLost: fails });
          expect(destination.brokenTags()).toEqual([]);
          const { result } = await run(world, destination, scheduler);
          expect(result.failures).toEqual([]);
          for (const [tag, digest] of lockedTags(world.locked)) expect(destination.tags.get(tag)).toBe(digest);
        },
      ),
    );
  });
});

describe('promise 1: nothing reaches the destination that the lockfile does not name', () => {
  test('no tag, and no manifest but the locked ones and their children', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, fc.scheduler(), async (world, scheduler) => {
        const destination = destinationOf(world);
        const before = new Set(destination.manifests.keys());
        await run(world, destination, scheduler);
        const named = new Set(
          [...lockedTags(world.locked)].flatMap(([tag, digest]) => {
            const [image = ''] = tag.split(':');
            const top = world.published.get(image)?.find((manifest) => manifest.digest === digest);
            return [digest, ...(top?.children ?? [])].map((one) => `${image}@${one}`);
          }),
        );
        for (const manifest of destination.manifests.keys()) {
          if (!before.has(manifest)) expect(named).toContain(manifest);
        }
        expect([...destination.tags.keys()].every((tag) => lockedTags(world.locked).has(tag))).toBe(true);
      }),
    );
  });
});

describe('a first run without failures', () => {
  test('asks the source for each manifest that is needed once, and for no other', async () => {
    const eitherWay = fc.oneof(fc.tuple(fewImages, fc.boolean()), fc.tuple(anyWorld, fc.constant(true)));
    await fc.assert(
      fc.asyncProperty(eitherWay, fc.scheduler(), async ([world, hasPullLimit], scheduler) => {
        const destination = destinationOf(world);
        const there = new Set(destination.manifests.keys());
        const { asked } = await run(world, destination, scheduler, { hasPullLimit });
        for (const operation of ['source.get ', 'copy ']) {
          const pulls = asked.filter((one) => one.startsWith(operation)).map((one) => one.slice(operation.length));
          expect(new Set(pulls).size).toBe(pulls.length);
          for (const pull of pulls) expect(there).not.toContain(pull);
        }
      }),
    );
  });

  test('promise 4: the second asks the source nothing, and puts nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, fc.scheduler(), async (world, scheduler) => {
        const destination = destinationOf(world);
        await run(world, destination, scheduler);
        const { asked, plan, result } = await run(world, destination, scheduler);
        expect(asked).toEqual([]);
        expect(plan.groups).toEqual([]);
        expect(result.unchanged).toBe(lockedTags(world.locked).size);
      }),
    );
  });

  test('promise 5: gives the same result in any order of arrival', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, fc.scheduler(), fc.scheduler(), async (world, one, other) => {
        const results = [];
        for (const scheduler of [one, other]) {
          const { result } = await run(world, destinationOf(world), scheduler);
          results.push(result);
        }
        expect(results[0]).toEqual(results[1]);
      }),
    );
  });
});
