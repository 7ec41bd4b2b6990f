import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Digest, parseImageName } from '../../src/core/names.ts';
import { lockedGroups, tagDigests } from '../../src/lock/types.ts';
import { look } from '../../src/plan/look.ts';
import { findDrift, findExtra } from '../../src/verify/drift.ts';
import { anyLockfile } from '../support/arbitrary-lockfiles.ts';
import { digest, locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';

const images = lockfile(
  lockedImage('alpine', pending('3.24 latest'), locked('a', '3.23.2 latest')),
  lockedImage('debian', locked('b', '12 bookworm'), locked('c', '13')),
).images;

/** What verify finds at a destination that has these tags, by `image:tag`. */
async function drift(has: ReadonlyMap<string, Digest>, of = images) {
  return findDrift(await look(of, async (image, reference) => has.get(`${image}:${reference}`)));
}

const allRight = new Map<string, Digest>(
  images.flatMap((image) => [...tagDigests(image)].map(([tag, at]) => [`${image.image}:${tag}`, at] as const)),
);

describe('the drift of a destination', () => {
  test('is none when all tags are as the lockfile says; what is pending is not asked for', async () => {
    expect(await drift(allRight)).toEqual([]);
  });

  test('is each tag that is missing, or at another digest, in the order of the lockfile', async () => {
    const has = new Map<string, Digest>(allRight);
    has.delete('debian:bookworm');
    has.delete('alpine:3.23.2');
    has.set('debian:13', digest('other'));
    expect(await drift(has)).toEqual([
      { kind: 'missing', image: 'alpine', tag: '3.23.2', wanted: digest('a') },
      { kind: 'missing', image: 'debian', tag: 'bookworm', wanted: digest('b') },
      { kind: 'different', image: 'debian', tag: '13', wanted: digest('c'), seen: digest('other') },
    ]);
  });

  test('is every tag of an empty destination', async () => {
    expect((await drift(new Map())).map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'missing'));
  });

  test('is found for any lockfile: a tag for each that is not as it should be', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyLockfile,
        fc.infiniteStream(fc.constantFrom('right', 'other', 'none')),
        async (made, choice) => {
          const has = new Map<string, Digest>();
          const expected: string[] = [];
          for (const image of made.images) {
            for (const { digest: at, tags } of lockedGroups(image)) {
              for (const tag of tags) {
                const name = `${image.image}:${tag}`;
                const state = choice.next().value;
                if (state !== 'none') has.set(name, state === 'right' ? at : digest('other'));
                if (state !== 'right') expected.push(`${state === 'none' ? 'missing' : 'different'} ${name}`);
              }
            }
          }
          const found = await drift(has, made.images);
          expect(found.map(({ kind, image, tag }) => `${kind} ${image}:${tag}`)).toEqual(expected);
        },
      ),
    );
  });
});

describe('extra tags', () => {
  const debian = parseImageName('debian');

  test('are those that the lockfile does not name, sorted, each once', () => {
    expect(findExtra(debian, new Set(['12', '13']), ['old', '13', '11', '12', '11'])).toEqual([
      { kind: 'extra', image: 'debian', tag: '11' },
      { kind: 'extra', image: 'debian', tag: 'old' },
    ]);
  });

  test('are none in a repository that has none, or is not there', () => {
    expect(findExtra(debian, new Set(['12']), [])).toEqual([]);
    expect(findExtra(debian, new Set(['12']), undefined)).toEqual([]);
  });
});
