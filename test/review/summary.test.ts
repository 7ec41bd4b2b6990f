import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Digest, type ImageName, parseImageName, parseTag, type Tag } from '../../src/core/names.ts';
import type { Problem } from '../../src/core/problem.ts';
import type { Plan } from '../../src/plan/types.ts';
import { summarizeApply, summarizeCheck, summarizePlan } from '../../src/report/summary.ts';
import { summarizeDrift } from '../../src/review/drift.ts';
import type { Drift } from '../../src/verify/drift.ts';
import { hostileText } from '../support/hostile-text.ts';
import { digest, tags } from '../support/lockfiles.ts';
import { forgeLinks, renderPage } from '../support/markdown-page.ts';

const debian = parseImageName('debian');
const golang = parseImageName('golang');
const plan: Plan = {
  groups: [
    {
      image: debian,
      digest: digest('d'),
      copy: true,
      put: [
        { tag: parseTag('13.4'), replaces: undefined },
        { tag: parseTag('latest'), replaces: digest('old') },
      ],
    },
    { image: golang, digest: digest('g'), copy: false, put: [{ tag: parseTag('1'), replaces: digest('old') }] },
  ],
  unchanged: 1_234,
};
const denied: Problem = {
  code: 'registry/denied',
  severity: 'error',
  message: 'The registry denies this.',
  value: '403',
  hint: 'Log in with `docker login`.',
};

describe('a summary for CI', () => {
  test('of a plan counts the work, and lists each image', () => {
    expect(
      summarizePlan([{ destination: 'registry.example/library', plan }]),
    ).toBe(`### Plan for \`registry.example/library\`

1 group to copy (at least 1 counted pull), 3 tags to put, 1,234 unchanged.

<details><summary><code>debian</code>: 1 group to copy, 2 tags to put</summary>

| work | digest | new tags | tags that move |
| --- | --- | --- | --- |
| copy | \`18ac3e7343f0\` | \`13.4\` | \`latest\` |

</details>

<details><summary><code>golang</code>: 0 groups to copy, 1 tag to put</summary>

| work | digest | new tags | tags that move |
| --- | --- | --- | --- |
| tag | \`cd0aa9856147\` |  | \`1\` |

</details>
`);
    expect(summarizePlan([{ destination: 'main', plan: { groups: [], unchanged: 2 } }])).toContain('Nothing to do');
  });

  test('of an apply names each group that failed, and why', () => {
    const failure = { image: debian, digest: digest('d'), tags: tags('13.4 latest'), problem: denied };
    const result = { copied: 3, tagged: 9, unchanged: 2, copyManifestGets: 4, failures: [failure], waiting: [] };
    expect(summarizeApply([{ destination: 'main', result, countedPulls: 5 }])).toBe(`### Applied to \`main\`

3 groups copied, 9 tags put, 2 unchanged, **1 group failed** (5 counted pulls).

| failed image | digest | tags not put | why |
| --- | --- | --- | --- |
| \`debian\` | \`18ac3e7343f0\` | \`13.4\` \`latest\` | The registry denies this. Seen: \`403\`. Log in with \`docker login\`. (\`registry/denied\`) |
`);
  });

  test('of an apply tells a cause of several groups once, above them', () => {
    const failed = [
      { image: debian, digest: digest('d'), tags: tags('13.4 latest'), problem: denied },
      { image: debian, digest: digest('e'), tags: tags('12'), problem: { ...denied, code: 'registry/quota' } },
      { image: golang, digest: digest('g'), tags: tags('1'), problem: denied },
    ];
    const result = { copied: 0, tagged: 0, unchanged: 0, copyManifestGets: 0, failures: failed, waiting: [] };
    const text = summarizeApply([{ destination: 'main', result, countedPulls: 0 }]);
    expect(text).toContain('**3 groups failed**');
    expect(text.match(/The registry denies this\./g)).toHaveLength(2);
    expect(text).toContain(`**2 groups of 2 images:** The registry denies this. Seen: \`403\`. Log in with`);
    expect(text).toContain('| failed image | digest | tags not put |\n| --- | --- | --- |\n| `debian` |');
    expect(text).toMatch(/\| `debian` \| `\w+` \| `12` \| The registry denies this/);
  });

  test('of an apply names each group that waits for a later run, which is no failure', () => {
    const group = { image: golang, digest: digest('g'), tags: tags('1'), problem: denied };
    const result = { copied: 0, tagged: 0, unchanged: 0, copyManifestGets: 0, failures: [], waiting: [group] };
    const text = summarizeApply([{ destination: 'main', result, countedPulls: 0 }]);
    expect(text).toContain('0 unchanged, 1 group for a later run (');
    expect(text).toContain('| waiting image | digest | tags not put | why |');
    expect(text).not.toContain('failed');
  });

  test('of drift shows what is here and what is locked', () => {
    const drift: Drift[] = [
      { kind: 'missing', image: debian, tag: '13', wanted: digest('d') },
      { kind: 'different', image: debian, tag: 'latest', wanted: digest('d'), seen: digest('old') },
      { kind: 'extra', image: golang, tag: 'mine' },
    ];
    expect(summarizeDrift([{ destination: 'main', tags: 40, drift }])).toBe(`### \`main\`

**Differs from the lockfile:** of 40 tags, 1 missing and 1 with another digest; 1 that the lockfile does not name.

<details><summary><code>debian</code>: 2 tags</summary>

| what | tag | here | locked |
| --- | --- | --- | --- |
| missing | \`13\` |  | \`18ac3e7343f0\` |
| different | \`latest\` | \`${digest('old').slice(7, 19)}\` | \`18ac3e7343f0\` |

</details>

<details><summary><code>golang</code>: 1 tag</summary>

| what | tag | here | locked |
| --- | --- | --- | --- |
| extra | \`mine\` |  |  |

</details>
`);
    expect(summarizeDrift([{ destination: 'main', tags: 40, drift: [] }])).toBe(
      '### `main`\n\nAll 40 tags are as the lockfile says.\n',
    );
  });

  test('of a check lists errors before warnings, with their places', () => {
    const place = { file: 'mirrors.yaml', line: 9, column: 7 };
    const warning: Problem = { code: 'select/unused', severity: 'warning', message: 'A rule matches nothing.', place };
    expect(summarizeCheck({ isCurrent: false, problems: [warning, denied] })).toBe(`### Check

**Out of date, or not valid.**

**Errors**

- The registry denies this. Seen: \`403\`. Log in with \`docker login\`. (\`registry/denied\`)

**Warnings**

- \`mirrors.yaml:9:7\`: A rule matches nothing. (\`select/unused\`)
`);
    expect(summarizeCheck({ isCurrent: true, problems: [] })).toBe('### Check\n\nValid and up to date.\n');
  });

  test('leaves out what does not fit by whole sections, and says so', () => {
    const drift = Array.from({ length: 3_000 }, (_, index): Drift => {
      const image = parseImageName(`image${index % 300}`);
      return { kind: 'missing', image, tag: `${index}.1-bookworm`, wanted: digest('d') };
    });
    const text = summarizeDrift([{ destination: 'main', tags: 4_000, drift }], 20_000);
    expect(text.length).toBeLessThanOrEqual(20_000);
    expect(text).toMatch(/too long with `image\d+`, .* and \d+ more\. The command prints all of it with `--json`\.\n$/);
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
    expect(summarizeDrift([{ destination: 'main', tags: 4_000, drift }])).not.toContain('too long');
  });
});

describe('promise 8: a summary', () => {
  const anyImage = hostileText.map((text) => text as ImageName);
  const anyTag = hostileText.map((text) => text as Tag);
  const anyDigest = hostileText.map((text) => text as Digest);
  const anyProblem: fc.Arbitrary<Problem> = fc.record(
    {
      code: hostileText,
      severity: fc.constantFrom('error' as const, 'warning' as const),
      message: hostileText,
      value: hostileText,
      hint: hostileText,
      place: fc.record({ file: hostileText, line: fc.nat() }),
    },
    { requiredKeys: ['code', 'severity', 'message'] },
  );
  const anyPlan: fc.Arbitrary<Plan> = fc.record({
    groups: fc.array(
      fc.record({
        image: anyImage,
        digest: anyDigest,
        copy: fc.boolean(),
        put: fc.array(fc.record({ tag: anyTag, replaces: fc.option(anyDigest, { nil: undefined }) }), { maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
    unchanged: fc.nat(),
  });
  const anyFailure = fc.record({
    image: anyImage,
    digest: anyDigest,
    tags: fc.array(anyTag, { maxLength: 3 }),
    problem: anyProblem,
  });
  const anyDrift: fc.Arbitrary<Drift> = fc.oneof(
    fc.record({ kind: fc.constant('missing' as const), image: anyImage, tag: hostileText, wanted: anyDigest }),
    fc.record({ kind: fc.constant('extra' as const), image: anyImage, tag: hostileText }),
  );
  const anySummary: fc.Arbitrary<string> = fc.oneof(
    fc.tuple(hostileText, anyPlan).map(([destination, plan]) => summarizePlan([{ destination, plan }])),
    fc.tuple(hostileText, fc.array(anyFailure, { maxLength: 3 })).map(([destination, failures]) => {
      const result = { copied: 0, tagged: 0, unchanged: 0, copyManifestGets: 0, failures, waiting: [] };
      return summarizeApply([{ destination, result, countedPulls: 0 }]);
    }),
    fc
      .tuple(hostileText, fc.array(anyDrift, { maxLength: 3 }))
      .map(([destination, drift]) => summarizeDrift([{ destination, tags: 1, drift }])),
    fc.array(anyProblem, { maxLength: 3 }).map((problems) => summarizeCheck({ isCurrent: false, problems })),
  );
  const elements = new Set('p h3 strong code ul li table thead tbody tr th td details summary'.split(' '));

  test('has no link, mention, reference or HTML, whatever it is made of', () => {
    fc.assert(
      fc.property(anySummary, (text) => {
        const page = renderPage(text);
        for (const { name, attributes } of page.elements) {
          expect(elements).toContain(name);
          expect(attributes).toEqual({});
        }
        expect(forgeLinks(page)).toEqual([]);
        expect(page.comments).toEqual([]);
        expect(page.elements.filter(({ name }) => name === 'h3')).toHaveLength(1);
      }),
      { numRuns: 150 },
    );
  });
});
