import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { versionRangeFault } from '../../src/config/rules.ts';
import { versionRange } from '../../src/select/version-range.ts';
import { briefs, parse, problemsOf, withRules, yaml } from './support.ts';

describe('platforms', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['LINUX/AMD64', 'linux/amd64'],
    ['linux/arm64', 'linux/arm64/v8'],
    ['linux/arm64/v8', 'linux/arm64/v8'],
    ['linux/aarch64', 'linux/arm64/v8'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/arm/v5', 'linux/arm/v5'],
    ['linux/i386', 'linux/386'],
    ['windows/amd64', 'windows/amd64'],
  ])('%s is %s', (text, platform) => {
    expect(parse(yaml(`platforms: [${text}]`)).platforms).toEqual([platform]);
  });

  it('come in one order, each once, with a warning', () => {
    const { platforms, warnings } = parse(yaml('platforms: [linux/s390x, linux/arm64/v8, linux/amd64, linux/arm64]'));
    expect(platforms).toEqual(['linux/amd64', 'linux/arm64/v8', 'linux/s390x']);
    expect(warnings.map(({ code, value }) => [code, value])).toEqual([['config/duplicate-platform', 'linux/arm64']]);
  });

  it('are absent, for all, where the file has none', () => {
    expect(parse(yaml())).not.toHaveProperty('platforms');
  });

  it.each([
    ['linux/amd46', 'Did you mean `linux/amd64`?'],
    ['arm64v8', 'Did you mean `linux/arm64/v8`?'],
    ['windows-amd64', 'Did you mean `windows/amd64`?'],
    ['amd64', 'Did you mean `linux/amd64`?'],
    ['arm/v7', 'Did you mean `linux/arm/v7`?'],
    ['linux', /^There are `linux\/amd64`, /],
    ['darwin/arm64', /^There are `linux\/amd64`, /],
    ['linux/arm64/v9', 'Did you mean `linux/arm64/v8`?'],
    ['__proto__', /^There are/],
  ])('and not %s', (text, hint) => {
    const [problem, ...more] = problemsOf(yaml(`platforms: [${text}]`));
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'config/platform', value: text });
    if (typeof hint === 'string') expect(problem?.hint).toBe(hint);
    else expect(problem?.hint).toMatch(hint);
  });
});

describe('version ranges', () => {
  it.each([
    '>=3.12',
    '>= 3.12',
    '^1.26',
    '3.12 - 3.14',
    '<2 || >=4',
    '*',
    '3',
    '3.x',
    '>=22.04 <24',
    '~1.2',
    '>=3.14.0-0',
    '>=1.27.0-rc2',
    '>=1.27rc2',
    'v3',
    '>=17.0.21.1',
    '1.2.3.4',
    '2023.12.20260820.0 - 2023.13',
    '>=3.14.0-95.2.beta',
    '>=3.15.0-a.7',
  ])('%s, as select reads it', (text) => {
    const { include } = parse(withRules(JSON.stringify({ image: 'python', versions: text })));
    expect(include[0]?.versions).toEqual([text]);
    expect(() => versionRange(text)).not.toThrow();
  });

  it.each([
    ['latest', 'Words for tags, such as `latest`, go under `tags`.'],
    ['>=3.12 foo', 'Words for tags, such as `latest`, go under `tags`.'],
    ['foo || 3', 'Words for tags, such as `latest`, go under `tags`.'],
    ['>3,<4', 'Between two conditions stands a space, and no comma.'],
    ['=>3', 'Write `>=` or `<=`.'],
    ['3.1[0-9]', 'Patterns for tags go under `tags`.'],
    ['3 ||', 'On both sides of `||` stands a range.'],
    ['>=1.27-rc', 'Before a pre-release stand three numbers: `1.27.0-rc.2`.'],
    ['3.12-3.14', 'Around the `-` of a range stand spaces: `3.12 - 3.14`.'],
    ['1.2.3-1.2.5', 'Around the `-` of a range stand spaces: `3.12 - 3.14`.'],
    ['>=8u502', "Java's `8u502` is version 8.0.502: write `8.0.502`."],
    ['17.0.1+12', 'A tag holds no build (`+…`): leave it out.'],
    ['1.x.3', 'Behind `x` or `*` stands no number: `1.x`.'],
    [
      '3.12.1-alpine',
      'What is behind a version is a pre-release, such as `-rc.1`; variants, such as `-alpine`, go under `tags`.',
    ],
    ['1.2..3', undefined],
    ['1.2.3.4.', undefined],
    [' ', undefined],
  ])('and not %j', (text, hint) => {
    const [problem, ...more] = problemsOf(withRules(JSON.stringify({ image: 'python', versions: [text] })));
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'config/version-range', value: text, place: { line: 4, column: 37 } });
    expect(problem?.hint).toBe(hint);
  });

  it('that config takes, select can read', () => {
    const part = fc.constantFrom(
      '>=',
      '<',
      '^',
      '~',
      '=',
      ' ',
      ' - ',
      '||',
      '*',
      'x',
      '.',
      '-',
      '0',
      '1',
      '22',
      '04',
      'rc',
      'v',
      '+',
      ',',
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        const text = parts.join('');
        fc.pre(versionRangeFault(text) === undefined);
        expect(() => versionRange(text), text).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

describe('rules', () => {
  it('have a shorthand for an image alone, and for one value', () => {
    const { include } = parse(
      withRules(
        'alpine',
        '{ image: debian, tags: "12*" }',
        '{ image: python, versions: [">=3.12", "2"], tags: [a, b] }',
      ),
    );
    const shown = include.map(({ image, tags, versions, index, place }) => ({
      image: image.text,
      tags: tags?.map(({ text }) => text),
      versions,
      index,
      line: place.line,
    }));
    expect(shown).toEqual([
      { image: 'alpine', tags: undefined, versions: undefined, index: 0, line: 4 },
      { image: 'debian', tags: ['12*'], versions: undefined, index: 1, line: 5 },
      { image: 'python', tags: ['a', 'b'], versions: ['>=3.12', '2'], index: 2, line: 6 },
    ]);
    expect(include[1]?.place).toEqual({
      file: 'mirrors.yaml',
      line: 5,
      column: 7,
      length: 30,
      source: '    - { image: debian, tags: "12*" }',
    });
  });

  it('that say the same are a warning, in whatever words and order', () => {
    const rules = [
      '{ image: a, tags: [x, y] }',
      '{ tags: [y, x, y], image: a }',
      '{ image: a, tags: x }',
      '{ image: b, tags: x }',
      '{ image: b, tags: ["x"] }',
    ];
    expect(parse(withRules(...rules)).warnings.map(({ code, place, hint }) => [code, place?.line, hint])).toEqual([
      ['config/duplicate-rule', 5, 'Leave it out: line 4 says it.'],
      ['config/duplicate-rule', 8, 'Leave it out: line 7 says it.'],
    ]);
  });

  it('that are wrong in part are not taken for what is left of them', () => {
    const rules = [
      'alpine',
      '{ image: alpine, tags: 3 }',
      '{ image: alpine, tags: ["a b"] }',
      '{ image: alpine, tags: [3] }',
    ];
    expect(problemsOf(withRules(...rules)).filter(({ severity }) => severity === 'warning')).toEqual([]);
  });

  it('may say the same to include and to exclude, which is for select to tell', () => {
    expect(parse('version: 1\nimages: { include: [a], exclude: [a] }').warnings).toEqual([]);
  });
});

describe('upstream', () => {
  it.each([
    'https://github.com/docker-library/official-images.git',
    'ssh://git@github.com/docker-library/official-images.git',
    'git@github.com:docker-library/official-images.git',
    'file:///srv/official-images',
    '../official-images',
    '/srv/official-images',
    './-odd',
  ])('is a repository: %s', (repository) => {
    expect(parse(yaml(`upstream: { repository: "${repository}" }`)).upstream).toEqual({ repository, ref: 'master' });
  });

  it.each(['ext::sh -c id', '--upload-pack=id', 'javascript://x', 'a\\nb'])(
    'and neither an option nor a command: %s',
    (repository) => {
      expect(problemsOf(yaml(`upstream: { repository: "${repository}" }`))).toMatchObject([
        { code: 'config/upstream-repository' },
      ]);
    },
  );

  it.each([
    'https://user:hunter2@example.com/x',
    'https://hunter2@example.com/x',
    'ssh://git:hunter2@example.com/x',
    'http://a:hunter2/b@example.com',
  ])('holds no secret, and shows none that it should not: %s', (repository) => {
    const problems = problemsOf(yaml(`upstream: { repository: "${repository}", url: x }`));
    expect(problems.map(({ code }) => code)).toEqual(['config/secret', 'config/unknown-key']);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
    expect(problems[0]?.place?.source).toHaveLength(
      yaml(`upstream: { repository: "${repository}", url: x }`).split('\n')[2]?.length ?? 0,
    );
  });

  it.each(['main', 'v1.0', 'feature/x', '0123456789abcdef0123456789abcdef01234567'])('has a ref: %s', (ref) => {
    expect(parse(yaml(`upstream: { ref: "${ref}" }`)).upstream.ref).toBe(ref);
  });

  it.each([
    '-x',
    'a b',
    'a..b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    '*',
    'a\\\\b',
    '@{1}',
    '@',
    '/a',
    'a/',
    'a.',
    '.a',
    'a.lock',
    'a//b',
    'a\\tb',
  ])('and no ref is %s', (ref) => {
    expect(briefs(yaml(`upstream: { ref: "${ref}" }`))).toEqual([expect.stringMatching(/^3:18\+\d+ upstream-ref/)]);
  });
});

describe('the policy', () => {
  it('is to keep what was dropped, unless the file says prune', () => {
    expect(parse(yaml()).dropped).toBe('keep');
    expect(parse(yaml('policy: {}')).dropped).toBe('keep');
    expect(parse(yaml('policy: { dropped: prune }')).dropped).toBe('prune');
  });
});
