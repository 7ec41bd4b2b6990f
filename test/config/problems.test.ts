import { describe, expect, it } from 'vitest';
import { brief, briefs, parse, problemsOf, withRules, yaml } from './support.ts';

describe('all problems of a file are told in one go, each at its place', () => {
  it('tells of problems of the shape, of fields and across fields together, in the order of the file', () => {
    const text = `version: 1
upstrem: {ref: x}
include: [a]
source:
  registry: https://docker.io
  insecure: yes
  requestsPerMinute: "300"
  alternates: [foo/bar, public.ecr.aws, "\${NOPE}/x", {registry: a.b}]
destinations:
  - {name: main, registry: registry.example.com, namespace: library}
  - {name: main, registry: registry.example.com, namespace: library}
  - {name: Bad Name, registry: "\${HIDDEN_HOST}", namespace: Library, url: x}
  - registry: docker.io
    insecure: true
    namespace: mine
    name: hub
platforms: [linux/amd64, linux/arm46, arm64v8, linux/arm64, linux/arm64/v8]
images:
  include:
    - alpine
    - alpine:3.20
    - {image: debian, tags: [12, 3.10, "a["], version: ">=3"}
    - {image: python, versions: latest}
    - {image: "/(/"}
    - {image: a, tags: "\${X}"}
    - {image: alpine}
    - 5
    - {tags: x}
    - [a]
  exclude:
    - image: "*"
      tags: ["!foo", "{a", "[b-a]", "(x|y)", ""]
policy: {dropped: prun}
`;
    expect(briefs(text, { HIDDEN_HOST: 'http://hunter2' })).toEqual([
      '2:1+7 unknown-key «upstrem»',
      '3:1+7 unknown-key «include»',
      '5:13+17 registry-name «https://docker.io»',
      '6:13+3 type «yes»',
      '7:22+5 type «300»',
      '8:16+7 registry-name «foo/bar»',
      '8:25+14 alternate «public.ecr.aws»',
      `8:41+11 variable-unset «\${NOPE}»`,
      '8:54+15 missing-key',
      '11:12+4 duplicate-name «main»',
      '11:28+20 duplicate-destination',
      '12:12+8 destination-name «Bad Name»',
      `12:32+16 registry-name «\${HIDDEN_HOST}»`,
      '12:61+7 namespace «Library»',
      '12:70+3 unknown-key «url»',
      '14:15+4 insecure-hub «insecure: true»',
      '17:26+11 platform «linux/arm46»',
      '17:39+7 platform «arm64v8»',
      '17:61+14 duplicate-platform? «linux/arm64/v8»',
      '21:7+11 glob «alpine:3.20»',
      '22:30+2 type «12»',
      '22:34+4 type «3.10»',
      '22:40+4 glob «a[»',
      '22:47+7 unknown-key «version»',
      '23:33+6 version-range «latest»',
      '24:15+5 regex «/(/»',
      `25:24+6 variable-here «\${X}»`,
      '26:7+15 duplicate-rule? «alpine»',
      '27:7+1 type «5»',
      '28:7+9 missing-key',
      '29:7+3 type «a list»',
      '32:14+6 glob «!foo»',
      '32:22+4 glob «{a»',
      '32:28+7 glob «[b-a]»',
      '32:37+7 glob «(x|y)»',
      '32:46+2 empty',
      '33:19+4 unknown-value «prun»',
    ]);
  });

  it('gives each problem its source line, for the caret', () => {
    const [problem] = problemsOf('version: 1\r\nimages: { include: [alpine] }\r\nfoo: 1\r\n');
    expect(problem).toEqual({
      code: 'config/unknown-key',
      severity: 'error',
      message: '`mirrors.yaml` has no such key.',
      place: { file: 'mirrors.yaml', line: 3, column: 1, length: 3, source: 'foo: 1' },
      value: 'foo',
      hint: 'There are `version`, `upstream`, `source`, `destinations`, `publicVariables`, `platforms`, `attestations`, `overrides`, `images`, `ci`, `update`, `review`, `apply`, `policy`, `metrics` and `notify`.',
    });
  });

  it('leaves out a source line that is too long to see', () => {
    const [problem] = problemsOf(yaml(`foo: ${'x'.repeat(300)}`));
    expect(problem?.place).toEqual({ file: 'mirrors.yaml', line: 3, column: 1, length: 3 });
  });

  it('tells of at most a hundred, and how many more there are', () => {
    const problems = problemsOf(withRules(...Array.from({ length: 150 }, () => '"a b"')));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.message).toBe('There are 50 more problems.');
  });

  it('returns warnings with a configuration that is right', () => {
    const { warnings, include } = parse(withRules('alpine', '{image: alpine}', 'debian'));
    expect(warnings.map(brief)).toEqual(['5:7+15 duplicate-rule? «alpine»']);
    expect(include).toHaveLength(3);
  });
});

describe('a file that is no mirrors.yaml', () => {
  it.each([
    ['empty', '', ['1:1+1 empty-file']],
    ['a comment alone', '# nothing\n', ['1:1+1 empty-file']],
    ['a document of nothing', '---\n...\n', ['1:1+1 empty-file']],
    ['a list', '- alpine\n', ['1:1+8 not-a-mapping «a list»']],
    ['a text', 'alpine', ['1:1+6 not-a-mapping «alpine»']],
    ['a web page', '<html>\n<body>no</body>', ['1:1+6 not-a-mapping «<html> <body>no</body>»']],
    ['a newer version, of which nothing else is said', 'version: 2\nfoo: 1\n', ['1:10+1 version «2»']],
    ['version 0', 'version: 0\n', ['1:10+1 version «0»']],
    ['the version as text', 'version: "1"\nimages: {include: [a]}', ['1:10+3 version «1»']],
    ['the version as another text', 'version: v1\nimages: {include: [a]}', ['1:10+2 version «v1»']],
    ['no version and no images', 'policy: {dropped: keep}', ['1:1+23 missing-key', '1:1+23 missing-key']],
    ['nothing to include', 'version: 1\nimages: {}', ['2:9+2 missing-key']],
    ['an empty list to include', 'version: 1\nimages: {include: []}', ['2:19+2 empty']],
    ['keys without values', 'version: 1\nimages:\nplatforms:\n', ['2:8+1 type «nothing»', '3:11+1 type «nothing»']],
    ['a lockfile', 'version: 1\nconfigHash: x\n', ['1:1+10 missing-key', '2:1+10 unknown-key «configHash»']],
  ])('%s', (_, text, expected) => {
    expect(briefs(text)).toEqual(expected);
  });

  it('of another version gets a clear word', () => {
    const [problem] = problemsOf('version: 2\n');
    expect(problem?.message).toBe('This mirrorlock reads version 1 of the format.');
    expect(problem?.hint).toBe('A newer mirrorlock may read it.');
  });
});

describe('unknown keys', () => {
  it.each([
    ['near another', 'destination: []', 'Did you mean `destinations`?'],
    ['in the wrong place', 'exclude: []', 'It belongs in `images`.'],
    ['at the top, but deeper', 'source: { policy: {} }', 'It belongs at the top, not in `source`.'],
    [
      'of no use',
      'source: { mirror: x }',
      'There are `registry`, `namespace`, `insecure`, `tokenServer`, `alternates`, `requestsPerMinute` and `budget`.',
    ],
    ['a merge key', '<<: { policy: {} }', 'Merge keys of YAML are not read: write the keys out.'],
  ])('%s', (_, line, hint) => {
    expect(problemsOf(yaml(line)).map((problem) => [problem.code, problem.hint])).toEqual([
      ['config/unknown-key', hint],
    ]);
  });

  it.each(['__proto__', 'constructor', 'toString', 'prototype', 'hasOwnProperty'])(
    'that reach for the prototype are unknown keys like any other: %s',
    (key) => {
      expect(briefs(yaml(`${key}: { insecure: true }`))).toEqual([`3:1+${key.length} unknown-key «${key}»`]);
      expect(briefs(yaml(`source: { ${key}: 1 }`))).toEqual([`3:11+${key.length} unknown-key «${key}»`]);
      expect(Object.hasOwn(Object.prototype, 'insecure')).toBe(false);
    },
  );
});

describe('values of another type', () => {
  it.each([
    [
      'a number for a tag, as it is written',
      withRules('{image: python, tags: [3.10]}'),
      '3.10',
      'Put it in quotes: `"3.10"`.',
    ],
    ['a number for versions', withRules('{image: python, versions: 3.12}'), '3.12', 'Put it in quotes: `"3.12"`.'],
    ['true for an image', withRules('true'), 'true', 'Put it in quotes: `"true"`.'],
    ['text for a list', yaml('platforms: linux/amd64'), 'linux/amd64', /^Each item of a list/],
    ['a mapping for a list', yaml('destinations: {name: a}'), 'a mapping', /^Each item of a list/],
    ['text for a number', yaml('source: {requestsPerMinute: "5"}'), '5', 'Write it without quotes.'],
    ['half a request', yaml('source: {requestsPerMinute: 1.5}'), '1.5', undefined],
    ['text for a mapping', yaml('policy: keep'), 'keep', undefined],
  ])('%s', (_, text, value, hint) => {
    const [problem, ...more] = problemsOf(text);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'config/type', value });
    if (hint instanceof RegExp) expect(problem?.hint).toMatch(hint);
    else expect(problem?.hint).toBe(hint);
  });

  it.each([
    ['no request', '0', '3:30+1 out-of-range «0»'],
    ['too many requests', '100001', '3:30+6 out-of-range «100001»'],
    ['infinitely many', '.inf', '3:30+4 type «.inf»'],
  ])('out of range: %s', (_, number, expected) => {
    expect(briefs(yaml(`source: { requestsPerMinute: ${number} }`))).toEqual([expected]);
  });

  it('too long', () => {
    expect(briefs(withRules('a'.repeat(201)))[0]).toMatch(/^4:7\+201 too-long «a{200}…»$/);
  });
});

describe('D4: what is not written as the schema says', () => {
  const k8s =
    'ci: {provider: kubernetes, kubernetes: {image: %, repository: "https://a.example/b", namespace: n, tokenSecret: t}}';
  it.each([
    ['destinations: [{name: "Bad!", registry: a.example, namespace: b}]', 'destination-name', 'Such as `main`.'],
    ['policy: {dropped: prune, prune: {after: soon}}', 'duration', 'Such as `30d` or `12h`.'],
    ['policy: {backup: previous}', 'backup-name', 'Such as `{{tag}}-previous`.'],
    ['update: {labels: ["a\\u0007"]}', 'forge-name', 'Such as `mirror`.'],
    ['ci: {provider: github, node: latest}', 'invalid-node', 'Such as `26`.'],
    ['ci: {provider: github, schedule: {update: hourly}}', 'cron', 'Such as `17 */6 * * *` or `43 4 * * 1-5`.'],
    [k8s.replace('%', '"a b"'), 'invalid-image', 'Such as `registry.example.com/tools/mirrorlock-runner:1`.'],
  ])('%s has a code and an example of its own', (text, code, hint) => {
    const [problem] = problemsOf(`version: 1\nimages: {include: [alpine]}\n${text}\n`);
    expect(problem).toMatchObject({ code: `config/${code}`, hint });
  });

  it('names the line of the alias that is one too many, and of an empty file', () => {
    const bomb =
      'version: 1\nx:\n  - &a [a, a]\n  - &b [*a, *a, *a, *a, *a]\n  - &c [*b, *b, *b, *b, *b]\n  - &d [*c, *c, *c, *c, *c]\n  - [*d, *d]\n';
    const [problem] = problemsOf(bomb);
    expect(problem?.code).toBe('config/yaml-alias');
    expect(problem?.place?.line).toBe(6);
    expect(problemsOf('')[0]?.place).toMatchObject({ line: 1, column: 1 });
  });
});
