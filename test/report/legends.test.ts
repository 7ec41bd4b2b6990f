import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { parseImageName, parseTag } from '../../src/core/names.ts';
import type { PlannedGroup, PlannedTag } from '../../src/plan/types.ts';
import { planOutcome } from '../../src/report/plan.ts';
import { pruneOutcome } from '../../src/report/prune.ts';
import { verifyOutcome } from '../../src/report/verify.ts';
import type { Drift } from '../../src/verify/drift.ts';
import { digest } from '../support/lockfiles.ts';

const text = `version: 1
destinations: [{name: main, registry: registry.example.com, namespace: library}]
images: {include: [alpine]}
policy: {dropped: prune}
`;
const config = parseConfig(text, { file: 'mirrors.yaml', env: {} });
const [destination = expect.fail('no destination')] = config.destinations;
const image = parseImageName('alpine');
const tag = parseTag('3.24');
const at = digest('a');

/** Expects a last line that explains these marks in their order, with a meaning for each, or no such line. */
function expectLegend(shown: string, marks: readonly string[]): void {
  const [line = '', ...more] = shown.split('\n').filter((one) => one.startsWith('('));
  expect(more).toEqual([]);
  if (marks.length === 0) expect(line).toBe('');
  else expect(line).toMatch(new RegExp(`^\\(${marks.map((mark) => `${escaped(mark)}: [^;:]+`).join('; ')}\\)$`));
}

const escaped = (mark: string) => mark.replace(/[*!]/g, '\\$&');

test('plan explains the marks that it shows', () => {
  const put = fc.constantFrom<PlannedTag>(
    { tag, replaces: undefined },
    { tag, replaces: digest('b') },
    { tag, replaces: undefined, broken: true },
    { tag, replaces: digest('b'), broken: true },
  );
  const group = fc.record({
    image: fc.constant(image),
    digest: fc.constant(at),
    copy: fc.boolean(),
    put: fc.array(put, { minLength: 1, maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(group, { maxLength: 3 }), (groups: PlannedGroup[]) => {
      const plans = [{ destination, plan: { groups, unchanged: 0 }, unseen: [] }];
      const run = { plans, failures: [], unwanted: [], warnings: [], budget: undefined };
      const shown = planOutcome(run, new Date(0)).text;
      const has = (pattern: RegExp) => pattern.test(shown.replace(/^\(.*$/m, ''));
      const marks: [string, RegExp][] = [
        ['copy', /^ {2}copy /m],
        ['tag', /^ {2}tag /m],
        ['*', /3\.24\*/],
        ['!', /3\.24!/],
      ];
      expectLegend(
        shown,
        marks.filter(([, pattern]) => has(pattern)).map(([mark]) => mark),
      );
    }),
  );
});

test('verify explains the kinds of drift that it shows', () => {
  const own = { image, tag };
  const all: readonly Drift[] = [
    { kind: 'missing', ...own, wanted: at },
    { kind: 'different', ...own, wanted: at, seen: digest('b') },
    { kind: 'extra', ...own },
    { kind: 'broken', ...own, tags: [tag], what: 'blob', digest: at, repository: 'library/alpine', reason: 'absent' },
  ];
  fc.assert(
    fc.property(fc.subarray([...all]), fc.subarray([...all]), (...found) => {
      const results = found.map((drift) => ({ destination, tags: 4, drift, unseen: [] }));
      const followed = { lines: [], json: {}, problems: [] };
      const shown = verifyOutcome({ images: [], results, warnings: [], followed, isPart: false }).text;
      const kinds = all.map(({ kind }) => kind).filter((kind) => new RegExp(`^ {2}${kind} `, 'm').test(shown));
      expect(new Set(kinds)).toEqual(new Set(found.flat().map(({ kind }) => kind)));
      expectLegend(shown, kinds);
    }),
  );
});

test('prune explains the words that it shows', () => {
  const gone = { image, tag, digest: at, left: 0 };
  const some = <One>(one: One) => fc.constantFrom<One[]>([], [one]);
  fc.assert(
    fc.property(
      fc.record({
        deleted: some({ ...gone, by: 'tag' as const }),
        kept: some({ ...gone, reason: 'moved' as const }),
        waiting: some(gone),
      }),
      some({ ...gone, from: 1 }),
      fc.boolean(),
      (result, later, dryRun) => {
        const pruned = [{ destination, result: { ...result, failures: [] }, dryRun, later }];
        const shown = pruneOutcome({ config, dryRun, most: 1, pruned, warnings: [] }).text;
        const body = shown.replace(/^\(.*$/m, '');
        const words: [string, RegExp][] = [
          ['kept', /^ {2}kept /m],
          ['waits', /^ {2}waits /m],
          ['left', / {2}left \d/],
        ];
        expectLegend(
          shown,
          words.filter(([, pattern]) => pattern.test(body)).map(([word]) => word),
        );
      },
    ),
  );
});
