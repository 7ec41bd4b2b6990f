import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain, explainImage } from '../../src/select/explain.ts';
import { select } from '../../src/select/select.ts';
import type { Rules } from '../../src/select/types.ts';
import type { Library } from '../../src/upstream/types.ts';
import { anyExclude, anyExcludes, anyInclude, anyIncludes, anyLibrary } from './arbitraries.ts';

const runs = { numRuns: 200 };

function selectedTags(from: Library, rules: Rules): ReadonlySet<string> {
  const { images } = select(from, rules);
  return new Set(
    images.flatMap(({ image, groups }) => groups.flatMap(({ wanted }) => wanted.map((tag) => `${image}:${tag}`))),
  );
}

describe('select, for any library and any rules', () => {
  test('is the same, warnings included, in any order of rules of one kind', () => {
    const orders = fc.tuple(anyIncludes, anyExcludes).chain(([include, exclude]) =>
      fc.record({
        rules: fc.constant({ include, exclude }),
        shuffled: fc.record({
          include: fc.shuffledSubarray(include, { minLength: include.length }),
          exclude: fc.shuffledSubarray(exclude, { minLength: exclude.length }),
        }),
      }),
    );
    fc.assert(
      fc.property(anyLibrary, orders, (from, { rules, shuffled }) => {
        expect(select(from, shuffled)).toEqual(select(from, rules));
      }),
      runs,
    );
  });

  test('an exclude rule more never adds a tag', () => {
    fc.assert(
      fc.property(anyLibrary, anyIncludes, anyExcludes, anyExclude, (from, include, exclude, more) => {
        const before = selectedTags(from, { include, exclude });
        for (const tag of selectedTags(from, { include, exclude: [...exclude, more] })) expect(before).toContain(tag);
      }),
      runs,
    );
  });

  test('an include rule more never removes a tag', () => {
    fc.assert(
      fc.property(anyLibrary, anyIncludes, anyExcludes, anyInclude, (from, include, exclude, more) => {
        const after = selectedTags(from, { include: [...include, more], exclude });
        for (const tag of selectedTags(from, { include, exclude })) expect(after).toContain(tag);
      }),
      runs,
    );
  });

  test('a tag is selected exactly when it is explained as selected', () => {
    fc.assert(
      fc.property(anyLibrary, anyIncludes, anyExcludes, (from, include, exclude) => {
        const selected = selectedTags(from, { include, exclude });
        for (const { name, groups } of from.images) {
          for (const tag of groups.flatMap(({ tags }) => tags)) {
            const fate = explain(from, { include, exclude }, name, tag);
            expect(fate.kind === 'selected').toBe(selected.has(`${name}:${tag}`));
          }
        }
      }),
      runs,
    );
  });

  test('the image as a whole has as many wanted tags as are selected', () => {
    fc.assert(
      fc.property(anyLibrary, anyIncludes, anyExcludes, (from, include, exclude) => {
        const selected = [...selectedTags(from, { include, exclude })];
        for (const { name } of from.images) {
          const fate = explainImage(from, { include, exclude }, name);
          const count = selected.filter((tag) => tag.startsWith(`${name}:`)).length;
          expect(fate).toMatchObject({ kind: 'image', wantedCount: count });
        }
      }),
      runs,
    );
  });

  test('tags keep the order of upstream, and every group has one', () => {
    fc.assert(
      fc.property(anyLibrary, anyIncludes, anyExcludes, (from, include, exclude) => {
        for (const { groups } of select(from, { include, exclude }).images) {
          expect(groups.length).toBeGreaterThan(0);
          for (const { wanted, group } of groups) {
            expect(wanted.length).toBeGreaterThan(0);
            expect(wanted).toEqual(group.tags.filter((tag) => wanted.includes(tag)));
          }
        }
      }),
      runs,
    );
  });

  test('every rule that matches nothing is warned of, and no other', () => {
    fc.assert(
      fc.property(anyLibrary, anyIncludes, anyExcludes, (from, include, exclude) => {
        const { warnings } = select(from, { include, exclude });
        const warned = warnings.filter(({ code }) => code === 'select/rule-matches-nothing').length;
        const idle = [...include, ...exclude].filter(
          (rule) => selectedTags(from, { include: [{ ...rule, kind: 'include' }], exclude: [] }).size === 0,
        );
        expect(warned).toBe(idle.length);
      }),
      runs,
    );
  });
});
