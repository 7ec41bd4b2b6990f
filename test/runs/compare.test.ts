import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseImageName } from '../../src/core/names.ts';
import { compareImage, countStates, funnelOf, type SourceTag, tagStates } from '../../src/runs/compare/compare.ts';
import { select } from '../../src/select/select.ts';
import { digest, kept, locked, lockedImage, pending, rewritten } from '../support/lockfiles.ts';
import { exclude, include, library } from '../support/selection.ts';

const debian = parseImageName('debian');
const listed = (...names: string[]): SourceTag[] => names.map((name) => ({ name }));

describe('an image at the source', () => {
  const upstream = library({ debian: ['12.1 12 bookworm', '12.1-slim 12-slim', '13.0 13', 'sid', 'rc-buggy', '14'] });
  const rules = {
    include: [include('debian', { tags: ['12*', 'bookworm', 'rc*', '13'] })],
    exclude: [exclude('*', { tags: ['rc*'] })],
  };
  const lock = lockedImage('debian', locked('a', '12.1 12 7'), pending('12.1-slim'));
  const wanted = { library: upstream, rules, locked: lock };

  test('has one state for each tag', () => {
    const source = listed('12.1', '12', 'bookworm', '12.1-slim', '13.0', 'sid', 'rc-buggy', '7', 'wheezy');
    const { tags, absent, groups } = compareImage(debian, source, wanted);
    expect(tags.map(({ name, state }) => [name, state])).toEqual([
      ['12.1', 'mirrored'],
      ['12', 'mirrored'],
      ['bookworm', 'unlocked'],
      ['12.1-slim', 'pending'],
      ['13.0', 'unselected'],
      ['sid', 'unselected'],
      ['rc-buggy', 'excluded'],
      ['7', 'ended'],
      ['wheezy', 'ended'],
    ]);
    expect(tags.find(({ name }) => name === 'rc-buggy')?.rules).toEqual(rules.exclude);
    expect(tags.find(({ name }) => name === '7')?.locked).toBe(digest('a'));
    expect(absent).toEqual(['12-slim', '13', '14']);
    expect(groups).toEqual({ maintained: 5, selected: 2 });
  });

  test('says for each group that no rule selects which rule adds it, and only it', () => {
    const { additions } = compareImage(debian, listed('13.0', 'sid', 'rc-buggy'), wanted);
    expect(additions).toEqual([
      { draft: { image: 'debian', tags: expect.arrayContaining([expect.stringContaining('13')]) }, tags: ['13.0'] },
      { draft: { image: 'debian', tags: ['sid'] }, tags: ['sid'] },
    ]);
  });

  test('is unknown where official-images does not have it, or its file cannot be read', () => {
    const { tags, additions } = compareImage(parseImageName('mine'), listed('1'), { ...wanted, locked: undefined });
    expect([tags.map(({ state }) => state), additions]).toEqual([['unknown'], []]);
  });

  test('has a newer build where its digest is not the locked one, nor one that a rewritten index is made from', () => {
    const image = lockedImage('debian', locked('a', '12.1'), rewritten('12', kept('s', 'linux/amd64')));
    const of = (name: string, one: string) =>
      compareImage(debian, [{ name, digest: digest(one) }], { ...wanted, locked: image }).tags[0]?.isNewer;
    expect([of('12.1', 'a'), of('12.1', 'b'), of('12', 's'), of('12', 'b')]).toEqual([false, true, false, true]);
  });

  test('may be absent at the source: then nothing is there, and all is announced', () => {
    const { isAtSource, tags, absent } = compareImage(debian, undefined, wanted);
    expect([isAtSource, tags, absent.length]).toEqual([false, [], 10]);
  });
});

const names = ['3', '3.13', '3.13.2', '3.14.0rc1', '3.13.2-slim', '3-slim', 'latest', 'slim', 'edge', '22.04'];
const anyUpstream = fc
  .shuffledSubarray(names)
  .chain((own) =>
    fc.array(fc.nat({ max: 3 }), { minLength: own.length, maxLength: own.length }).map((of) => ({ own, of })),
  )
  .map(({ own, of }) => [0, 1, 2, 3].map((group) => own.filter((_, at) => of[at] === group).join(' ')).filter(Boolean))
  .map((groups) => library({ debian: groups }));
const anyTags = fc.subarray(['*', '3*', '*slim', 'latest', '3.13*', '*rc*'], { minLength: 1 });
const anyRules = fc.record({
  include: fc.array(
    anyTags.map((tags) => include('debian', { tags })),
    { maxLength: 2 },
  ),
  exclude: fc.array(
    anyTags.map((tags) => exclude('*', { tags })),
    { maxLength: 1 },
  ),
});
const anyLock = fc
  .subarray([...names, 'old'])
  .map((own) => (own.length === 0 ? undefined : lockedImage('debian', locked('a', own.join(' ')))));

test('any source: every tag is counted once, the selected are what `select` selects, and a rule adds just its group', () => {
  fc.assert(
    fc.property(
      anyUpstream,
      anyRules,
      anyLock,
      fc.subarray([...names, 'old', 'older']),
      (upstream, rules, lock, source) => {
        const image = compareImage(debian, listed(...source), { library: upstream, rules, locked: lock });
        const funnel = funnelOf([image]);
        expect(tagStates.reduce((sum, state) => sum + countStates(image.tags)[state], 0)).toBe(source.length);
        expect(funnel.maintained + funnel.states.ended + funnel.states.unknown).toBe(source.length);
        const selectedBy = (include: typeof rules.include) =>
          new Set(
            select(upstream, { ...rules, include }).images.flatMap(({ groups }) =>
              groups.flatMap(({ wanted }) => wanted),
            ),
          );
        const before = selectedBy(rules.include);
        expect(funnel.selected).toBe(source.filter((tag) => before.has(tag as never)).length);
        const added = image.additions.map(({ draft, tags }) => {
          const after = selectedBy([...rules.include, include(draft.image, draft)]);
          const fresh = [...after].filter((tag) => !before.has(tag));
          expect(fresh).toEqual(expect.arrayContaining([...tags]));
          const own = upstream.images[0]?.groups.find((group) => group.tags.includes(tags[0] as never))?.tags ?? [];
          expect(fresh.filter((tag) => !own.includes(tag))).toEqual([]);
          return tags;
        });
        const left = image.tags.filter(({ state }) => state === 'unselected').map(({ name }) => name);
        expect(added.flat().toSorted()).toEqual(left.toSorted());
      },
    ),
  );
});
