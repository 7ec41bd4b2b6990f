import fc from 'fast-check';
import type { Rule } from '../../src/config/types.ts';
import type { Library } from '../../src/upstream/types.ts';
import { exclude, include, library, type RuleFields } from '../support/selection.ts';

const names = ['alpine', 'debian', 'golang', 'r-base'];
const tags = [
  '3',
  '3.13',
  '3.13.2',
  '3.14.0rc1',
  '3.13.2-slim',
  '3-slim',
  'latest',
  'slim',
  '12.12',
  'edge',
  '22.04',
  '1.27rc2-slim',
];

/** Libraries of few names and tags, so that rules often match; no tag stands in two groups of an image. */
export const anyLibrary: fc.Arbitrary<Library> = fc
  .dictionary(
    fc.constantFrom(...names),
    fc
      .shuffledSubarray(tags, { minLength: 0 })
      .chain((own) =>
        fc
          .array(fc.nat({ max: 2 }), { minLength: own.length, maxLength: own.length })
          .map((groupOf) =>
            [0, 1, 2]
              .map((group) => own.filter((_, index) => groupOf[index] === group).join(' '))
              .filter((line) => line !== ''),
          ),
      ),
  )
  .map((images) => library(images));

const fields: fc.Arbitrary<RuleFields> = fc.record(
  {
    tags: fc.subarray(['*', '3*', '*-slim', '/^1/', 'latest', 'nothing', '*rc*'], { minLength: 1 }),
    versions: fc.subarray(['>=3', '3.13', '<3.13', '>=3.14.0-0', '*', '^99'], { minLength: 1 }),
    line: fc.integer({ min: 1, max: 40 }),
  },
  { requiredKeys: ['line'] },
);
const image = fc.constantFrom('*', ...names, 'r-*', 'nothing', '[ad]*');

function anyRule(make: typeof include): fc.Arbitrary<Rule> {
  return fc.tuple(image, fields).map(([name, rest]) => make(name, rest));
}

export const anyInclude = anyRule(include);
export const anyExclude = anyRule(exclude);

/** No two rules stand at one place. */
const apart = { selector: (rule: Rule) => rule.place.line };
export const anyIncludes = fc.uniqueArray(anyInclude, { ...apart, maxLength: 4 });
export const anyExcludes = fc.uniqueArray(anyExclude, { ...apart, maxLength: 3 });
