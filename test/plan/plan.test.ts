import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Digest, parseImageName, parseTag } from '../../src/core/names.ts';
import { problemError } from '../../src/core/problem.ts';
import type { Progress } from '../../src/core/progress.ts';
import { look } from '../../src/plan/look.ts';
import { countPlan, makePlan } from '../../src/plan/plan.ts';
import type { GroupState, HeadDigest } from '../../src/plan/types.ts';
import { inAnyOrder } from '../support/any-order.ts';
import { digest, locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';

const image = parseImageName('debian');

/** A locked group at digest `a` as the destination has it: tags with the digest seen, and whether the digest is there. */
function state(present: boolean, tags: readonly (readonly [tag: string, seen?: string])[]): GroupState {
  return {
    image,
    digest: digest('a'),
    present,
    tags: tags.map(([tag, seen]) => ({
      image,
      tag: parseTag(tag),
      wanted: digest('a'),
      seen: seen === undefined ? undefined : digest(seen),
    })),
  };
}

describe('the plan for a group', () => {
  test.each([
    ['nothing is there', state(false, [['12.12'], ['12']]), { copy: true, put: ['12.12', '12'] }, 0],
    [
      'all is there',
      state(true, [
        ['12.12', 'a'],
        ['12', 'a'],
      ]),
      undefined,
      2,
    ],
    ['a tag is missing', state(true, [['12.12', 'a'], ['12']]), { copy: false, put: ['12'] }, 1],
    [
      'a tag differs',
      state(true, [
        ['12.12', 'a'],
        ['12', 'old'],
      ]),
      { copy: false, put: ['12'] },
      1,
    ],
    [
      'all tags differ',
      state(false, [
        ['12.12', 'old'],
        ['12', 'old'],
      ]),
      { copy: true, put: ['12.12', '12'] },
      0,
    ],
    ['the digest is there without its tags', state(true, [['12']]), { copy: false, put: ['12'] }, 0],
  ])('when %s', (_, seen, expected, unchanged) => {
    const plan = makePlan([seen]);
    expect(plan.unchanged).toBe(unchanged);
    expect(plan.groups.map(({ copy, put }) => ({ copy, put: put.map(({ tag }) => tag) }))).toEqual(
      expected === undefined ? [] : [expected],
    );
  });

  test('says what each tag replaces', () => {
    const [group] = makePlan([state(false, [['12', 'old'], ['12.12']])]).groups;
    expect(group?.put).toContainEqual({ tag: '12', replaces: digest('old') });
    expect(group?.put).toContainEqual({ tag: '12.12', replaces: undefined });
  });

  test('is counted in groups to copy, tags to put and tags that are right', () => {
    const states = [
      state(false, [['1'], ['2', 'old']]),
      state(true, [
        ['3', 'a'],
        ['4', 'old'],
      ]),
    ];
    expect(countPlan(makePlan(states))).toEqual({ copy: 1, tag: 3, unchanged: 1 });
    expect(countPlan(makePlan([]))).toEqual({ copy: 0, tag: 0, unchanged: 0 });
  });
});

describe('looking at a destination', () => {
  const images = lockfile(
    lockedImage('alpine', pending('3.24 latest'), locked('a', '3.23.2 latest'), locked('b', 'edge')),
    lockedImage('debian', locked('c', '13 trixie')),
    lockedImage('newcomer', pending('1')),
  ).images;

  /** A destination that has these, by `image:tag` or `image@digest`. */
  function destination(has: Readonly<Record<string, Digest>>): { head: HeadDigest; asked: string[] } {
    const asked: string[] = [];
    const head: HeadDigest = async (name, reference) => {
      const what = `${name}${reference.includes(':') ? '@' : ':'}${reference}`;
      asked.push(what);
      return has[what];
    };
    return { head, asked };
  }

  test('asks for each locked tag once, and for no digest that a tag has shown', async () => {
    const { head, asked } = destination({
      'alpine:3.23.2': digest('a'),
      'alpine:latest': digest('old'),
      'alpine:edge': digest('b'),
      'debian:13': digest('c'),
      'debian:trixie': digest('c'),
    });
    const states = await look(images, head);
    expect(asked.sort()).toEqual(['alpine:3.23.2', 'alpine:edge', 'alpine:latest', 'debian:13', 'debian:trixie']);
    expect(states.map(({ present }) => present)).toEqual([true, true, true]);
    expect(makePlan(states).groups.map(({ put }) => put)).toEqual([[{ tag: 'latest', replaces: digest('old') }]]);
  });

  test('asks for the digest where no tag has it', async () => {
    const { head, asked } = destination({ 'alpine:latest': digest('old'), [`alpine@${digest('a')}`]: digest('a') });
    const states = await look(images, head);
    expect(asked.filter((what) => what.includes('@')).sort()).toEqual(
      [`alpine@${digest('a')}`, `alpine@${digest('b')}`, `debian@${digest('c')}`].sort(),
    );
    expect(states.map(({ present }) => present)).toEqual([true, false, false]);
  });

  test('gives the same in any order of arrival, in the order of the lockfile', async () => {
    const { head } = destination({ 'alpine:edge': digest('b'), 'debian:13': digest('other') });
    const expected = await look(images, head);
    expect(expected.map((group) => group.digest)).toEqual([digest('a'), digest('b'), digest('c')]);
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        expect(await scheduler.waitFor(look(images, inAnyOrder(scheduler, head)))).toEqual(expected);
      }),
    );
  });

  test('asks nothing for a lockfile of pending groups', async () => {
    const { head, asked } = destination({});
    expect(await look([lockedImage('newcomer', pending('1'))], head)).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('tells its progress by tag', async () => {
    const seen: string[] = [];
    const progress: Progress = {
      start: (title, total) => {
        seen.push(`${title} ${total}`);
        return {
          advance: (_, detail) => seen.push(detail ?? ''),
          moved() {},
          expect() {},
          end: () => seen.push('end'),
        };
      },
    };
    await look([lockedImage('debian', locked('c', '13'))], destination({}).head, progress);
    expect(seen).toEqual(['Looking at the destination 1', 'debian:13', 'end']);
  });

  test('promise 9: a refused request is an error, never "absent"', async () => {
    const refused = problemError('registry/denied', 'Denied.');
    await expect(look(images, () => Promise.reject(refused))).rejects.toBe(refused);
  });
});
