import { describe, expect, it } from 'vitest';
import { brief, briefs, parse, problemsOf, withRules, yaml } from './support.ts';

describe('YAML is read strictly, and its errors are told in our words', () => {
  it.each([
    ['a pattern without quotes', withRules('*-rc*'), '4:7+5 yaml-alias «*-rc*»'],
    ['a lone star', withRules('*'), '4:7+1 yaml-alias'],
    ['a pattern that begins with `!`', withRules('!foo'), '4:7+4 yaml-tag'],
    ['a reserved character', withRules('@foo'), '4:7+1 yaml-syntax'],
    ['a tag that makes binary data', withRules('!!binary aGk='), '4:7+8 yaml-tag'],
    ['a tag that is not a number', yaml('source: {requestsPerMinute: !!int x}'), '3:29+5 yaml-tag'],
    ['tabs', 'version: 1\nimages:\n\tinclude: [a]\n', '3:1+1 yaml-syntax'],
    ['a quote that never ends', 'version: 1\nimages: {include: ["a]}\n', '2:20+1 yaml-syntax'],
    ['a bracket that never ends', 'version: 1\nimages: {include: [a\n', '2:19+1 yaml-syntax'],
    ['two keys on a line', 'version: 1: 2\n', '1:10+1 yaml-syntax'],
    ['a template', 'version: {{ x }}\n', '1:11+1 yaml-key'],
    ['a key that is a list', 'version: 1\n? [a]\n: b\n', '2:1+1 yaml-key'],
    ['a lone question mark', withRules('?'), '4:7+1 yaml-key'],
    ['an unknown escape', withRules('"\\d"'), '4:8+1 yaml-syntax'],
    ['two documents', `${yaml()}---\nversion: 1\n`, '3:1+3 yaml-documents'],
    ['another version of YAML', '%YAML 1.1\n---\nversion: 1\nimages: {include: [yes]}\n', '1:1+1 yaml-directive'],
    ['an unknown directive', '%FOO\n---\nversion: 1\nimages: {include: [a]}\n', '1:1+4 yaml-directive'],
    ['an alias of nothing', withRules('*nothing'), '4:7+8 yaml-alias «*nothing»'],
    ['an alias that stands before its anchor', withRules('*a', '&a alpine'), '4:7+2 yaml-alias «*a»'],
    ['an alias in itself', 'version: 1\nimages: &x {include: [*x]}\n', '2:23+2 yaml-alias «*x»'],
  ])('%s', (_, text, expected) => {
    const [first] = briefs(text);
    expect(first).toBe(expected);
  });

  it('tells of all duplicate keys and where the first is', () => {
    const problems = problemsOf('version: 1\nimages: {include: [a], include: [b]}\nversion: 1\n');
    expect(problems.map(brief)).toEqual(['2:24+7 duplicate-key «include»', '3:1+7 duplicate-key «version»']);
    expect(problems[1]?.hint).toBe('It stands in line 1 already.');
  });

  it('tells of the marks that a merge leaves', () => {
    expect(briefs(`<<<<<<< HEAD\n${yaml()}=======\n${yaml()}>>>>>>> branch\n`)).toEqual([
      '1:1+12 merge-conflict',
      '4:1+7 merge-conflict',
      '7:1+14 merge-conflict',
    ]);
  });

  it.each([
    ['NUL', '\0', 'U+0000'],
    ['an escape sequence', '\u001b[31m', 'U+001B'],
    ['a character that reorders text', '\u202e', 'U+202E'],
    ['a carriage return alone', 'a\rb', 'U+000D'],
  ])('refuses %s, also in a comment', (_, text, value) => {
    const [problem, ...more] = problemsOf(`# ${text}\n${yaml()}`);
    expect(problem).toMatchObject({ code: 'config/hidden-character', value });
    expect(problem?.place).not.toHaveProperty('source');
    expect(more).toEqual([]);
  });

  it('reads anchors, CRLF, a byte order mark, and text of any language in comments', () => {
    const text =
      '\ufeff# اَلْعَرَبِيَّةُ 👩‍💻\r\nversion: 1\r\nimages:\r\n  include: [&a alpine, {image: debian, tags: &t ["12*"]}]\r\n  exclude: [{image: *a, tags: *t}]\r\n';
    const { include, exclude } = parse(text);
    expect(include.map(({ image }) => image.text)).toEqual(['alpine', 'debian']);
    expect(exclude[0]?.image.text).toBe('alpine');
    expect(exclude[0]?.tags?.map((tag) => tag.text)).toEqual(['12*']);
    expect(exclude[0]?.place).toMatchObject({ line: 5, column: 13 });
  });
});

describe('a file that is made to be too much', () => {
  const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}a${close.repeat(depth)}`;
  it.each([
    ['lists in lists in flow style', `x: ${nested('[', ']', 100_000)}`, 'yaml-nesting'],
    ['mappings in mappings in flow style', `x: ${nested('{a: ', '}', 50_000)}`, 'yaml-nesting'],
    ['lists in lists', '- '.repeat(200_000), 'yaml-nesting'],
    [
      'mappings in mappings',
      Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      'yaml-nesting',
    ],
    ['empty keys', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}:`).join('\n'), 'yaml-nesting'],
    ['keys that are keys of keys', '? '.repeat(200_000), 'yaml-key'],
    ['too many aliases', withRules('&a alpine', ...Array.from({ length: 101 }, () => '*a')), 'yaml-alias'],
    [
      'aliases of aliases',
      `a0: &a0 [x, x]\n${Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]`).join('\n')}`,
      'yaml-alias',
    ],
    ['more than a mebibyte', `${yaml()}# ${'x'.repeat(1024 * 1024)}`, 'too-large'],
    ['twenty thousand errors', `${yaml()}${': ]\n'.repeat(20_000)}`, 'yaml-syntax'],
  ])('%s', (_, text, code) => {
    const problems = problemsOf(text);
    expect(problems.map((problem) => problem.code)).toContain(`config/${code}`);
    expect(problems.length).toBeLessThan(102);
  });

  it('reads a large file, of thousands of rules', () => {
    const rules = Array.from({ length: 5_000 }, (_, n) => `{image: image-${n}, tags: "${n}*"}`);
    expect(parse(withRules(...rules)).include).toHaveLength(rules.length);
  });
});
