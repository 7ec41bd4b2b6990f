import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, test } from 'vitest';
import { isTag } from '../../src/core/names.ts';
import { tagVersion } from '../../src/select/tag-version.ts';
import { versionRange } from '../../src/select/version-range.ts';

const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/).filter(isTag);
const small = fc.integer({ min: 0, max: 4 });
const comparator = fc
  .tuple(fc.constantFrom('', '<', '<=', '>', '>=', '^', '~'), fc.array(small, { minLength: 1, maxLength: 3 }))
  .map(([operator, numbers]) => operator + numbers.join('.'));
const range = fc
  .array(fc.array(comparator, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 })
  .map((alternatives) => alternatives.map((comparators) => comparators.join(' ')).join(' || '));

/** Every release that could tell: one more than any number in a range above. */
const releases = [0, 1, 2, 3, 4, 5, 6].flatMap((major) =>
  [0, 1, 2, 3, 4, 5, 6].flatMap((minor) => [0, 1, 2, 3, 4, 5, 6].map((patch) => ({ major, minor, patch }))),
);

function versionOf(text: string) {
  const version = tagVersion(text);
  if (version === undefined) throw new Error(`${text} has no version`);
  return version;
}

describe('the version that a tag begins with', () => {
  test('any tag has a version or none, and reading it never throws', () => {
    fc.assert(
      fc.property(tag, (text) => {
        const version = tagVersion(text);
        if (version !== undefined) expect(/^v?\d/.test(text)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('a full version is read whatever variant follows it', () => {
    const variant = fc.constantFrom(
      '',
      '-alpine',
      '-alpine3.22',
      '-bookworm',
      '-apache',
      '-slim',
      '_9-jdk',
      '-b08',
      '-r',
    );
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), variant, (major, minor, patch, suffix) => {
        const version = versionOf(`${major}.${minor}.${patch}${suffix}`);
        expect(version.text).toBe(`${major}.${minor}.${patch}`);
        expect(version.numbers).toEqual([major, minor, patch]);
      }),
    );
  });

  test.each(['', 'latest', '3scale', '12abc', '99999999999999999999', '20260805-slim', 'v', '-1', '1a'])(
    '%j begins with no version',
    (text) => {
      expect(tagVersion(text)).toBeUndefined();
    },
  );

  test('a number of the greatest size that semver takes is no error', () => {
    expect(versionOf(String(Number.MAX_SAFE_INTEGER)).numbers).toHaveLength(1);
    expect(versionRange('>=1').holds(versionOf(String(Number.MAX_SAFE_INTEGER)))).toBe(true);
    expect(versionRange(`>=1.0.${Number.MAX_SAFE_INTEGER}`).holds(versionOf('1'))).toBe(false);
  });
});

describe('a partial version', () => {
  test('is in a range when the range holds every release that it stands for', () => {
    fc.assert(
      fc.property(range, fc.array(small, { minLength: 1, maxLength: 2 }), (text, numbers) => {
        const meant = releases.filter(
          ({ major, minor }) => major === numbers[0] && (numbers[1] === undefined || minor === numbers[1]),
        );
        const all = meant.every(({ major, minor, patch }) => semver.satisfies(`${major}.${minor}.${patch}`, text));
        expect(versionRange(text).holds(versionOf(numbers.join('.')))).toBe(all);
      }),
      { numRuns: 1000 },
    );
  });

  test('is in each range of which semver calls it a subset', () => {
    fc.assert(
      fc.property(range, fc.array(small, { minLength: 1, maxLength: 2 }), (text, numbers) => {
        fc.pre(semver.subset(numbers.join('.'), text));
        expect(versionRange(text).holds(versionOf(numbers.join('.')))).toBe(true);
      }),
    );
  });
});

describe('a range', () => {
  test('answers for a full version as semver does', () => {
    fc.assert(
      fc.property(range, fc.constantFrom(...releases), fc.constantFrom('', '-rc.1'), (text, release, prerelease) => {
        const version = `${release.major}.${release.minor}.${release.patch}${prerelease}`;
        expect(versionRange(text).holds(versionOf(version))).toBe(semver.satisfies(version, text));
      }),
    );
  });

  test('that names a pre-release answers for one as semver does', () => {
    const named = fc
      .tuple(fc.constantFrom('', '<', '<=', '>', '>=', '^', '~'), fc.constantFrom(...releases.slice(0, 100)))
      .map(([operator, { major, minor, patch }]) => `${operator}${major}.${minor}.${patch}-rc.2`);
    const either = fc.array(fc.oneof(named, comparator), { minLength: 1, maxLength: 2 }).map((all) => all.join(' '));
    const serial = fc.constantFrom('rc.1', 'rc.2', 'rc.10', 'beta.3');
    fc.assert(
      fc.property(either, fc.constantFrom(...releases.slice(0, 100)), serial, (text, release, prerelease) => {
        fc.pre(!/>\d[.\d]*(?: |$)/.test(text)); // Behind a release, npm begins at the next one's pre-releases.
        const version = `${release.major}.${release.minor}.${release.patch}-${prerelease}`;
        expect(versionRange(text).holds(versionOf(version))).toBe(semver.satisfies(version, text));
      }),
      { numRuns: 3000 },
    );
  });

  test('gives the same answer when asked again', () => {
    const asked = versionRange('>=3.12');
    for (const text of ['3.13', '3', '3.13', '3']) expect(asked.holds(versionOf(text))).toBe(text === '3.13');
  });

  test('may spell a pre-release as tags do', () => {
    for (const text of ['>=1.27rc2', '>=1.27.0rc2', '>=1.27.0-rc2', '>=1.27-RC.2', '>=1.27.0-rc.2']) {
      expect(versionRange(text).holds(versionOf('1.27rc10')), text).toBe(true);
      expect(versionRange(text).holds(versionOf('1.27rc1')), text).toBe(false);
    }
  });

  test('tells that a pre-release is left out for being one', () => {
    expect(versionRange('>=3.13').holdsButForPrerelease(versionOf('3.14.0rc1'))).toBe(true);
    expect(versionRange('>=3.15').holdsButForPrerelease(versionOf('3.14.0rc1'))).toBe(false);
    expect(versionRange('>=3.14.0-0').holdsButForPrerelease(versionOf('3.14.0rc1'))).toBe(false);
  });
});

describe('D1: versions of any number of parts', () => {
  const digit = fc.integer({ min: 0, max: 2 });
  const parts = fc.array(digit, { minLength: 1, maxLength: 5 });
  const compare = (one: readonly number[], other: readonly number[]): number => {
    const index = one.findIndex((number, at) => number !== (other[at] ?? 0));
    return index === -1 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
  };
  /** What a condition means for a version: as far as it is written, the numbers compare one by one. */
  const meanings: Readonly<Record<string, (order: number) => boolean>> = {
    '': (order) => order === 0,
    '=': (order) => order === 0,
    '<': (order) => order < 0,
    '<=': (order) => order <= 0,
    '>': (order) => order > 0,
    '>=': (order) => order >= 0,
  };

  test('compare number by number, as far as the range says', () => {
    const six = fc.array(digit, { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(meanings)), parts, six, (operator, bound, version) => {
        const order = compare(version.slice(0, bound.length), bound);
        const held = versionRange(operator + bound.join('.')).holds(versionOf(version.join('.')));
        expect(held).toBe(meanings[operator]?.(order));
      }),
      { numRuns: 3000 },
    );
  });

  test('a tag stands for all that begin as it does', () => {
    const text = fc
      .tuple(fc.constantFrom('<', '<=', '>', '>=', '', '^', '~'), parts)
      .map(([operator, numbers]) => operator + numbers.join('.'));
    const digits = [0, 1, 2, 3];
    const longer = (numbers: readonly number[]): number[][] =>
      numbers.length === 5 ? [[...numbers]] : digits.flatMap((more) => longer([...numbers, more]));
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 2 }),
        fc.array(digit, { minLength: 2, maxLength: 4 }),
        (conditions, tagged) => {
          const asked = versionRange(conditions.join(' '));
          const all = longer(tagged).every((version) => asked.holds(versionOf(version.join('.'))));
          expect(asked.holds(versionOf(tagged.join('.')))).toBe(all);
        },
      ),
      { numRuns: 500 },
    );
  });
});
