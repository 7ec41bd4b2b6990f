import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatLockfile } from '../../src/lock/format.ts';
import { isPending, type Lockfile, lockedGroups, tagDigests } from '../../src/lock/types.ts';
import { resolve } from '../../src/resolve/resolve.ts';
import type { ResolvedImage } from '../../src/resolve/types.ts';
import { inAnyOrder } from '../support/any-order.ts';
import { anyResolved } from '../support/arbitrary-lockfiles.ts';
import { assemble } from '../support/lockfiles.ts';

const runs = { numRuns: 300 };

/** A lockfile, and what upstream announces and the source has afterwards. */
const history = fc.tuple(anyResolved, anyResolved, anyResolved).map(([first, second, next]) => ({
  previous: assemble(second, assemble(first)),
  next,
}));

function digestsOf(from: Lockfile, image: string) {
  return tagDigests(from.images.find((locked) => locked.image === image));
}

function groupsOf(resolved: readonly ResolvedImage[]) {
  return resolved.flatMap(({ image, groups }) => groups.map((group) => ({ image, ...group })));
}

describe('whatever upstream and the source say', () => {
  test('no digest and no tag is locked twice in an image, and no entry is empty', () => {
    fc.assert(
      fc.property(history, ({ previous, next }) => {
        for (const image of assemble(next, previous).images) {
          const groups = lockedGroups(image);
          const tags = groups.flatMap((group) => group.tags);
          expect(new Set(groups.map((group) => group.digest)).size).toBe(groups.length);
          expect(new Set(tags).size).toBe(tags.length);
          for (const entry of image.entries) {
            expect((isPending(entry) ? entry.pending : entry.tags).length).toBeGreaterThan(0);
          }
        }
      }),
      runs,
    );
  });

  test('the wanted tags of a published group are at its digest', () => {
    fc.assert(
      fc.property(history, ({ previous, next }) => {
        const result = assemble(next, previous);
        for (const { image, digest, wanted } of groupsOf(next)) {
          if (digest === undefined) continue;
          for (const tag of wanted) expect(digestsOf(result, image).get(tag)).toBe(digest);
        }
      }),
      runs,
    );
  });

  test('only wanted tags are locked or pending', () => {
    fc.assert(
      fc.property(history, ({ previous, next }) => {
        for (const { image, entries } of assemble(next, previous).images) {
          const wanted = new Set(
            groupsOf(next.filter((resolved) => resolved.image === image)).flatMap((g) => g.wanted),
          );
          for (const entry of entries) {
            for (const tag of isPending(entry) ? entry.pending : entry.tags) expect(wanted).toContain(tag);
          }
        }
      }),
      runs,
    );
  });

  test('an unchanged world gives the same lockfile', () => {
    fc.assert(
      fc.property(history, ({ previous, next }) => {
        const once = assemble(next, previous);
        expect(assemble(next, once)).toEqual(once);
      }),
      runs,
    );
  });
});

describe('promise 3: a tag never moves to, or disappears for, an image that is not published', () => {
  test('each wanted tag of a pending group is where it was, and nowhere when it was nowhere', () => {
    fc.assert(
      fc.property(history, ({ previous, next }) => {
        const result = assemble(next, previous);
        for (const { image, digest, wanted } of groupsOf(next)) {
          if (digest !== undefined) continue;
          for (const tag of wanted) {
            expect(digestsOf(result, image).get(tag)).toBe(digestsOf(previous, image).get(tag));
          }
          expect(result.images.find((locked) => locked.image === image)?.entries).toContainEqual({ pending: wanted });
        }
      }),
      runs,
    );
  });
});

describe('promise 5: equal inputs give equal bytes, in any order of arrival', () => {
  test('of images', () => {
    const shuffled = history.chain(({ previous, next }) =>
      fc.tuple(fc.constant({ previous, next }), fc.shuffledSubarray(next, { minLength: next.length })),
    );
    fc.assert(
      fc.property(shuffled, ([{ previous, next }, reordered]) => {
        expect(formatLockfile(assemble(reordered, previous))).toBe(formatLockfile(assemble(next, previous)));
      }),
      runs,
    );
  });

  test('and of answers', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.scheduler(), async ({ previous, next }, scheduler) => {
        const answers = new Map(
          groupsOf(next).map(({ image, group, digest }) => [`${image}:${group.tags[0]}`, digest]),
        );
        const lookup = inAnyOrder(scheduler, async (image: string, tag: string) => answers.get(`${image}:${tag}`));
        const resolved = await scheduler.waitFor(resolve(next, lookup));
        expect(formatLockfile(assemble(resolved, previous))).toBe(formatLockfile(assemble(next, previous)));
      }),
      runs,
    );
  });

  test('and, where all is published, of what was locked before', () => {
    fc.assert(
      fc.property(history, ({ previous, next }) => {
        const published = next.map(({ image, groups }) => ({
          image,
          groups: groups.filter(({ digest }) => digest !== undefined),
        }));
        expect(assemble(published, previous)).toEqual(assemble(published));
      }),
      runs,
    );
  });
});
