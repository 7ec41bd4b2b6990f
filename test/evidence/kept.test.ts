import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ImageName, Tag } from '../../src/core/names.ts';
import type { ConfigChange, ContentsEvidence, PackageChange } from '../../src/evidence/contents/types.ts';
import { joinKnown, type KnownEvidence, keptText, readKept, stepKey } from '../../src/evidence/kept.ts';
import type { VulnerabilityEvidence } from '../../src/evidence/osv/types.ts';
import type { Evidence, GroupEvidence } from '../../src/evidence/types.ts';
import { hostileText } from '../support/hostile-text.ts';
import { digest as digestFrom } from '../support/lockfiles.ts';

const digest = fc.nat(50).map((seed) => digestFrom(String(seed)));
const text = fc.oneof(fc.string(), hostileText);
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
/** Only properties that are not undefined, as the program has them. */
const own = <Value extends object>(arbitrary: fc.Arbitrary<Value>) =>
  arbitrary.map((value) => JSON.parse(JSON.stringify(value)) as Value);

const change = fc.record({ purl: text, name: text, from: maybe(text), to: maybe(text), fromPurl: maybe(text) });
const setting = fc.record({
  ...{ what: fc.constantFrom('environment', 'labels', 'build triggers'), name: maybe(text) },
  ...{ from: maybe(text), to: maybe(text) },
}) as fc.Arbitrary<ConfigChange>;
const packages = fc.oneof(
  fc.record({
    state: fc.constant('read'),
    ...{ added: fc.array(change), removed: fc.array(change), upgraded: fc.array(change) },
  }),
  fc.record({ state: fc.constantFrom('none', 'unreadable', 'no-earlier'), why: text }),
) as fc.Arbitrary<ContentsEvidence['packages']>;
const contents = fc.record({
  ...{ platform: fc.constant('linux/amd64'), config: fc.array(setting), packages },
  size: fc.record({ from: maybe(fc.nat()), to: fc.nat() }),
  layers: fc.record({ count: fc.nat(), fresh: fc.nat() }),
  provenance: fc.record({ state: fc.constantFrom('agrees', 'differs', 'none'), named: maybe(text), why: maybe(text) }),
}) as fc.Arbitrary<ContentsEvidence>;
const vulnerability = fc.record({
  ...{ id: text, ids: fc.array(text), severity: fc.constantFrom('critical', 'unknown') },
  link: fc.constant('https://osv.dev/vulnerability/CVE-2026-0001'),
  ...{ summary: text, packages: fc.array(text) },
});
const problem = fc.record({ code: text, severity: fc.constant('warning'), message: text, value: maybe(text) });
const found = fc.oneof(
  fc.record({
    ...{ state: fc.constant('answered'), gone: fc.array(vulnerability), fresh: fc.array(vulnerability) },
    notCompared: fc.array(fc.record({ what: text, why: fc.constant('no-data'), packages: fc.nat() })),
    verdict: fc.constantFrom('green', 'red', 'neutral'),
  }),
  fc.record({ state: fc.constant('unanswered'), verdict: fc.constant('neutral'), problem }),
) as fc.Arbitrary<VulnerabilityEvidence>;
const group = own(
  fc.record({
    ...{ image: fc.constantFrom('debian', 'golang'), from: maybe(digest), to: digest, tags: fc.constant(['1']) },
    build: maybe(
      fc.record({
        cause: fc.constantFrom('source', 'base', 'neither', 'unknown'),
        bases: fc.array(fc.record({ name: text, to: maybe(digest), platforms: fc.constant(['linux/amd64']) })),
        after: fc.array(
          fc.record({ platform: fc.constant('linux/amd64'), digest: maybe(digest), created: maybe(text) }),
        ),
      }),
    ),
    contents: maybe(contents),
    notes: fc.array(problem),
  }),
) as unknown as fc.Arbitrary<GroupEvidence>;

const evidenceOf = (groups: readonly GroupEvidence[], more: Partial<Evidence> = {}): Evidence => ({
  ...{ groups, commits: new Map(), cost: { pulls: 0, allowed: 0 }, unread: [], problems: [] },
  ...more,
});
const groups = fc.uniqueArray(group, { selector: ({ image, to }) => `${image} ${to}`, maxLength: 4 });

test('what is kept is read as it was', () => {
  fc.assert(
    fc.property(groups, own(found), (all, answer) => {
      const [first] = all;
      const vulnerabilities = first === undefined ? [] : [{ ...first, found: answer }];
      const read = readKept(keptText(evidenceOf(all, { vulnerabilities })) ?? '');
      const expected = all.flatMap((one) => {
        const { build, contents: inside, notes } = one;
        const known = {
          ...{ build, contents: inside, found: one === first ? answer : undefined },
          notes: notes.length === 0 ? undefined : notes,
        };
        const has = Object.values(known).some((value) => value !== undefined);
        return has ? [[stepKey(one), JSON.parse(JSON.stringify(known))]] : [];
      });
      expect([...read]).toEqual(expected);
    }),
  );
});

const to = digestFrom('to');
const upgraded = (count: number, name: string): PackageChange[] =>
  Array.from({ length: count }, (_, at) => ({ purl: `pkg:deb/debian/${name}${at}`, name, from: '1', to: '2' }));
const inside = (changes: readonly PackageChange[]): ContentsEvidence => ({
  ...{ platform: 'linux/amd64', config: [], size: { to: 1 }, layers: { count: 1, fresh: 1 } },
  packages: { state: 'read', added: [], removed: [], upgraded: changes },
  provenance: { state: 'none' },
});
const build = { cause: 'neither', bases: [], after: [{ platform: 'linux/amd64' }] } as const;
const groupOf = (image: string, held?: ContentsEvidence): GroupEvidence =>
  ({
    image: image as ImageName,
    to,
    tags: ['1' as Tag],
    build,
    notes: [],
    ...(held && { contents: held }),
  }) as GroupEvidence;

test('a file of before has the causes', () => {
  const old = { format: 1, groups: [{ image: 'debian', to, build }] };
  expect([...readKept(JSON.stringify(old))]).toEqual([[stepKey({ image: 'debian', to }), { build }]]);
});

test.each([
  ['a link to another page', (kept: string) => kept.replace('https://osv.dev/', 'https://evil.example/')],
  ['a script in place of a link', (kept: string) => kept.replace('https://osv.dev/', 'javascript:')],
  ['a negative size', (kept: string) => kept.replace('"to":1', '"to":-1')],
  ['a key that nobody knows', (kept: string) => kept.replace('"platform"', '"platforms"')],
  ['a text that is too long', (kept: string) => kept.replace('"fixes it"', JSON.stringify('x'.repeat(3_000)))],
  ['a later format', (kept: string) => kept.replace('"format":2', '"format":3')],
])('%s makes the whole file say nothing', (_, damage) => {
  const one = { id: 'CVE-1', ids: ['CVE-1'], severity: 'low', summary: 'fixes it', packages: [] } as const;
  const gone = [{ ...one, link: 'https://osv.dev/vulnerability/CVE-1' }];
  const answer = { state: 'answered', gone, fresh: [], notCompared: [], verdict: 'neutral' } as const;
  const all = [groupOf('debian', inside([]))];
  const kept = keptText(evidenceOf(all, { vulnerabilities: all.map((own) => ({ ...own, found: answer })) })) ?? '';
  expect(readKept(kept).size).toBe(1);
  expect(damage(kept)).not.toBe(kept);
  expect(readKept(damage(kept)).size).toBe(0);
});

test('texts and lists are cut, and of too much the longest is left out and said', () => {
  const long = {
    ...inside(upgraded(20_000, 'x')),
    config: [{ what: 'labels', name: 'l', to: 'é'.repeat(9_000) }],
  } as const;
  const huge = inside(upgraded(10_000, 'y'.repeat(1_000)));
  const kept = keptText(evidenceOf([groupOf('long', long), groupOf('huge', huge), groupOf('small', inside([]))])) ?? '';
  expect(kept.length).toBeLessThan(10 * 1024 * 1024);
  const read = [...readKept(kept).values()];
  expect(read.map(({ contents: held }) => held?.packages)).toEqual([
    expect.objectContaining({ upgraded: expect.objectContaining({ length: 10_000 }) }),
    undefined,
    inside([]).packages,
  ]);
  expect(read[0]?.contents?.config[0]?.to).toHaveLength(2_048);
  expect(read.map(({ notes }) => notes?.map(({ code }) => code))).toEqual([
    undefined,
    ['evidence/not-kept'],
    undefined,
  ]);
});

test('a later run that looked less far, or got no answer, takes nothing away', () => {
  const answered: VulnerabilityEvidence = { state: 'answered', gone: [], fresh: [], notCompared: [], verdict: 'green' };
  const silent = {
    state: 'unanswered',
    verdict: 'neutral',
    problem: { code: 'a', severity: 'warning', message: 'b' },
  } as const;
  const notes = [silent.problem];
  const deep: KnownEvidence = { build, contents: inside([]), found: answered, notes };
  expect(joinKnown(deep, {})).toEqual(deep);
  expect(joinKnown(deep, { source: { isSame: true, steps: [] } })).toEqual({
    ...deep,
    source: { isSame: true, steps: [] },
  });
  expect(joinKnown(deep, { found: silent }).found).toEqual(answered);
  expect(joinKnown({ ...deep, found: silent }, { found: answered }).found).toEqual(answered);
  expect(joinKnown(deep, { build, found: silent })).toEqual({ build, contents: inside([]), found: answered });
});
