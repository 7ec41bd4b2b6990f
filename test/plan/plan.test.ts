import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Digest, parseImageName, parseTag } from '../../src/core/names.ts';
import { type Problem, problemError, type UserError } from '../../src/core/problem.ts';
import type { Progress } from '../../src/core/progress.ts';
import { look } from '../../src/plan/look.ts';
import { countPlan, makePlan } from '../../src/plan/plan.ts';
import type { GroupState, HeadDigest } from '../../src/plan/types.ts';
import { inAnyOrder } from '../support/any-order.ts';
import { digest, kept, locked, lockedImage, lockfile, pending, rewritten } from '../support/lockfiles.ts';

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

const broken: Problem = { code: 'registry/server', severity: 'error', message: 'The server failed.' };

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

  test('keeps what the lockfile tells of its index', () => {
    const index = kept('a', 'linux/amd64');
    expect(makePlan([{ ...state(false, [['12']]), index }]).groups[0]?.index).toEqual(index);
    expect(makePlan([state(false, [['12']])]).groups[0]).toStrictEqual({
      ...{ image, digest: digest('a'), copy: true },
      put: [{ tag: '12', replaces: undefined }],
    });
  });

  test('mends what is damaged below a digest that is there, also where no tag is to be put', () => {
    const mend = { manifests: [digest('m')], pulled: [] };
    const plan = makePlan([{ ...state(true, [['12', 'a']]), mend }]);
    expect(plan).toEqual({ groups: [{ image, digest: digest('a'), copy: false, mend, put: [] }], unchanged: 1 });
  });

  test('puts a tag again that the destination cannot serve, and looks at it again', () => {
    const [tag] = state(true, [['12']]).tags;
    if (tag === undefined) throw new Error('absent');
    const tags = [{ ...tag, broken }, ...state(true, [['12.12', 'a']]).tags];
    expect(makePlan([{ ...state(true, []), tags }])).toEqual({
      groups: [{ image, digest: digest('a'), copy: false, put: [{ tag: '12', replaces: undefined, broken: true }] }],
      unchanged: 1,
    });
  });

  test('copies a damaged digest again, and puts all its tags; those that point elsewhere are not broken', () => {
    const damaged = { ...state(true, [['12', 'a'], ['12.12'], ['latest', 'old']]), broken };
    expect(makePlan([damaged])).toStrictEqual({
      groups: [
        {
          ...{ image, digest: digest('a'), copy: true },
          put: [
            { tag: '12', replaces: undefined, broken: true },
            { tag: '12.12', replaces: undefined, broken: true },
            { tag: 'latest', replaces: digest('old') },
          ],
        },
      ],
      unchanged: 0,
    });
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

  test('asks of an image without tags there only for the first digest', async () => {
    const { head, asked } = destination({ 'debian:13': digest('other') });
    const states = await look(images, head);
    expect(asked.filter((what) => what.includes('@')).sort()).toEqual(
      [`alpine@${digest('a')}`, `debian@${digest('c')}`].sort(),
    );
    expect(states.map(({ present }) => present)).toEqual([false, false, false]);
  });

  test('asks of an image whose tags were deleted for each digest, once the first is there', async () => {
    const there = { [`alpine@${digest('a')}`]: digest('a'), [`alpine@${digest('b')}`]: digest('b') };
    const states = await look(images, destination(there).head);
    expect(states.map(({ present }) => present)).toEqual([true, true, false]);
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

describe('a destination of which something fails', () => {
  const images = lockfile(
    lockedImage('alpine', locked('a', '3 latest')),
    lockedImage('debian', locked('c', '13')),
  ).images;
  const failed = problemError('registry/server', 'The server failed.');
  const refused = problemError('registry/denied', 'Denied.');

  /** A destination that has all tags, but that fails for what `errors` names, and counts what it is asked. */
  function failing(errors: (what: string) => unknown) {
    const asked: string[] = [];
    const head: HeadDigest = async (name, reference) => {
      const what = `${name} ${reference}`;
      asked.push(what);
      const error = errors(what);
      if (error !== undefined) throw error;
      return name === 'alpine' ? digest('a') : digest('c');
    };
    return { asked, head };
  }

  test('has a broken tag where it answers for others, and tells so in its progress', async () => {
    const { head } = failing((what) => (what === 'alpine latest' ? failed : undefined));
    const outcomes: unknown[] = [];
    const progress: Progress = {
      start: () => ({
        advance: (_, detail, outcome) => outcomes.push([detail, outcome]),
        ...{ moved() {}, expect() {}, end() {} },
      }),
    };
    const [alpine, debian] = await look(images, head, progress);
    expect(alpine).toStrictEqual({
      ...{ image: 'alpine', digest: digest('a'), present: true },
      tags: [
        { image: 'alpine', tag: '3', wanted: digest('a'), seen: digest('a') },
        { image: 'alpine', tag: 'latest', wanted: digest('a'), seen: undefined, broken: failed.problems[0] },
      ],
    });
    expect(debian).not.toHaveProperty('broken');
    expect(outcomes).toEqual([
      ['alpine:3', { failed: false }],
      ['alpine:latest', { failed: true }],
      ['debian:13', { failed: false }],
    ]);
  });

  test('has a broken digest where that fails and no tag has it', async () => {
    const { head } = failing((what) => (what.startsWith('alpine') ? failed : undefined));
    const [alpine] = await look(images, head);
    expect(alpine).toMatchObject({ present: false, broken: failed.problems[0] });
  });

  test('is told what the lockfile knows of an index', async () => {
    const index = kept('a', 'linux/amd64');
    const [state] = await look([lockedImage('alpine', rewritten('3', index))], failing(() => undefined).head);
    expect(state?.index).toEqual(index);
  });

  test('is asked once more where all has failed: for a digest that nobody has', async () => {
    const nobodys = `alpine sha256:${'0'.repeat(64)}`;
    const { asked, head } = failing((what) => (what === nobodys ? undefined : failed));
    const states = await look(images, head);
    expect(states.map(({ present, broken: why }) => [present, why?.code])).toEqual([
      [false, 'registry/server'],
      [false, 'registry/server'],
    ]);
    expect(asked.filter((what) => what === nobodys)).toHaveLength(1);
    const { asked: others, head: mostly } = failing((what) => (what === 'debian 13' ? undefined : failed));
    expect(await look(images, mostly)).toHaveLength(2);
    expect(others).not.toContain(nobodys);
  });

  test('that fails altogether has the first failure of each image', async () => {
    const errors: [string, UserError][] = [];
    const nth = (what: string) => problemError('registry/server', `Failed for ${what}.`);
    const { head } = failing(nth);
    expect(await look(images, head, undefined, (one, error) => errors.push([one.image, error]))).toEqual([]);
    expect(errors.map(([name, error]) => [name, error.problems[0]?.message])).toEqual([
      ['alpine', 'Failed for alpine 3.'],
      ['debian', 'Failed for debian 13.'],
    ]);
    await expect(look(images, head)).rejects.toThrow('registry/server');
  });

  test('that has failed for one image, and lets nobody ask for another, gives nothing of these', async () => {
    const errors: string[] = [];
    const { head } = failing((what) => (what.startsWith('alpine') ? failed : refused));
    const states = await look(images, head, undefined, ({ image: name }) => errors.push(name));
    expect([states, errors.sort()]).toEqual([[], ['alpine', 'debian']]);
    const pendingOnly = [...images.slice(0, 1), lockedImage('newcomer', pending('1'))];
    expect(await look(pendingOnly, head, undefined, () => undefined)).toEqual([]);
  });

  test('does not hold back what can be looked at', async () => {
    const errors: [string, UserError][] = [];
    const { head } = failing((what) => (what === 'alpine 3' ? refused : undefined));
    const states = await look(images, head, undefined, (one, error) => errors.push([one.image, error]));
    expect(states.map(({ image: name }) => name)).toEqual(['debian']);
    expect(errors).toEqual([['alpine', refused]]);
  });

  test('gives a bug as it is', async () => {
    const bug = new TypeError('a bug');
    const { head } = failing(() => bug);
    await expect(look(images, head, undefined, () => undefined)).rejects.toBe(bug);
  });
});
