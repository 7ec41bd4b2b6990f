import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import { parseLockfile } from '../../src/lock/parse.ts';
import { anyLockfile } from '../support/arbitrary-lockfiles.ts';
import { digest, kept, locked, lockedImage, lockfile, pending, rewritten, tags } from '../support/lockfiles.ts';

const file = 'mirrors.lock.yaml';
const commit = 'c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff';
const good = [
  'version: 1', // 1
  `config: ${digest('the configuration')}`, // 2
  'upstream:', // 3
  '  repository: https://git.example/official-images.git', // 4
  `  commit: "${commit}"`, // 5
  'images:', // 6
  '  alpine:', // 7
  '    - pending:', // 8
  '        - "3.24.0"', // 9
  `    - digest: ${digest('a')}`, // 10
  '      tags:', // 11
  '        - "3.23.2"', // 12
  '        - "3.23"', // 13
  '  debian:', // 14
  `    - digest: ${digest('b')}`, // 15
  '      tags:', // 16
  '        - "13"', // 17
];
const meaning = lockfile(
  lockedImage('alpine', pending('3.24.0'), locked('a', '3.23.2 3.23')),
  lockedImage('debian', locked('b', '13')),
);

/** The good lockfile with other lines in place of some, by their number from 1. */
function edited(lines: Readonly<Record<number, string>>): string {
  return `${good.map((line, index) => lines[index + 1] ?? line).join('\n')}\n`;
}

/** What is wrong with a text, as `code line:column value`. */
function refusals(text: string): string[] {
  try {
    parseLockfile(text, file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const { message, hint } of error.problems) {
      expect(message).toMatch(/^\S.*\S\.$/s);
      expect(hint).toMatch(/\S/);
    }
    return error.problems.map(({ code, place, value }) =>
      [code, `${place?.line}:${place?.column}`, ...(value === undefined ? [] : [value])].join(' '),
    );
  }
  return [];
}

describe('a lockfile is read', () => {
  test('as it is written', () => {
    expect(parseLockfile(edited({}), file)).toEqual(meaning);
  });

  test.each([
    ['with the line endings of Windows', edited({}).replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\uFEFF${edited({})}`],
    ['without a last line break', edited({}).trimEnd()],
    ['with comments', edited({ 7: '  alpine: # small' })],
    ['with a comment that quotes a marker of git', edited({ 7: '  alpine: # <<<<<<< HEAD' })],
    ['of the greatest length', `${edited({})}#`.padEnd(4 * 1024 * 1024, 'x')],
    ['in another layout', edited({ 11: '      tags: ["3.23.2", \'3.23\']', 12: '', 13: '' })],
    ['with tags that need no quotes', edited({ 12: '        - 3.23.2' })],
    ['in another order of images', [...good.slice(0, 6), ...good.slice(13), ...good.slice(6, 13)].join('\n')],
    [
      'with another order of keys',
      edited({ 10: '    - tags: ["3.23.2", "3.23"]', 11: `      digest: ${digest('a')}`, 12: '', 13: '' }),
    ],
  ])('%s', (_, text) => {
    expect(parseLockfile(text, file)).toEqual(meaning);
  });

  test('with a tag that is locked and pending: it stays until its new group is published', () => {
    expect(refusals(edited({ 9: '        - "3.23"' }))).toEqual([]);
  });

  test('with a commit of a repository that uses SHA-256', () => {
    expect(refusals(edited({ 5: `  commit: "${'ab'.repeat(32)}"` }))).toEqual([]);
  });
});

describe('a lockfile is refused', () => {
  const begin = 'A lockfile is a mapping with `version: 1`.';

  test.each([
    ['empty', '', begin],
    ['of comments alone', '# nothing\n', begin],
    ['a list', '- version: 1\n', begin],
    ['a word', 'hello\n', begin],
    ['without a version', 'images: {}\n', begin],
    ['of version "1"', 'version: "1"\n', begin],
    ['of version 0', 'version: 0\n', begin],
    ['of version "2"', 'version: "2"\n', begin],
  ])('when it is %s', (_, text, message) => {
    expect(() => parseLockfile(text, file)).toThrow(message);
    expect(refusals(text)).toHaveLength(1);
    expect(refusals(text)[0]).toMatch(/^lock\/invalid \d+:\d+/);
  });

  test('at the place of a version that never was', () => {
    expect(refusals('images: {}\nversion: 0\n')).toEqual(['lock/invalid 2:10 0']);
    expect(refusals('images: {}\n')).toEqual(['lock/invalid 1:1']);
  });

  test('when it is of a newer version, and then nothing else is said', () => {
    const text = edited({ 1: 'version: 2', 6: 'pictures:' });
    expect(refusals(text)).toEqual(['lock/newer-version 1:10 2']);
    expect(() => parseLockfile(text, file)).toThrow('This mirrorlock reads lockfiles of version 1.');
  });

  test.each([
    ['<<<<<<< HEAD', 10],
    ['=======', 12],
    ['>>>>>>> bot/update', 17],
    ['||||||| merged common ancestors', 3],
  ])('with the conflict marker %s, and then nothing else is said', (marker, line) => {
    for (const text of [edited({ [line]: marker }), edited({ [line]: marker }).replaceAll('\n', '\r\n')]) {
      expect(refusals(text)).toEqual([`lock/merge-conflict ${line}:1`]);
    }
  });

  test('with a marker at its end, which is shown from its first to its last character', () => {
    const text = `${edited({})}=======`;
    expect(refusals(text)).toEqual(['lock/merge-conflict 18:1']);
    expect(() => parseLockfile(text, file)).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ place: expect.objectContaining({ length: 7 }) })],
      }),
    );
  });

  test('when it was committed with its conflict', () => {
    const text = edited({ 10: `<<<<<<< HEAD\n${good[9]}\n=======\n    - digest: ${digest('c')}\n>>>>>>> bot` });
    expect(() => parseLockfile(text, file)).toThrow('digests cannot be merged');
  });

  test.each([
    ['an unknown key at the top', { 6: 'note: hi\nimages:' }, ['lock/invalid 6:1 note']],
    ['an unknown key in a group', { 11: '      platforms: []\n      tags:' }, ['lock/invalid 11:7 platforms']],
    ['an unknown key beside `pending`', { 9: '        - "3.24.0"\n      note: x' }, ['lock/invalid 10:7 note']],
    ['an unknown key of upstream', { 5: `  commit: "${commit}"\n  ref: master` }, ['lock/invalid 6:3 ref']],
    ['a key that stands twice', { 2: `${good[1]}\n${good[1]}` }, ['lock/invalid 3:1 config']],
    [
      'a digest that stands twice in a group',
      { 11: `      digest: ${digest('c')}\n      tags:` },
      ['lock/invalid 11:7 digest'],
    ],
    ['no config', { 2: '' }, ['lock/invalid 1:1 no config']],
    ['no commit', { 5: '' }, ['lock/invalid 4:3 no commit']],
    ['no tags', { 11: '', 12: '', 13: '' }, ['lock/invalid 10:7 no tags']],
    ['no digest', { 10: '    -' }, ['lock/invalid 11:7 no digest']],
    ['an empty list of tags', { 11: '      tags: []', 12: '', 13: '' }, ['lock/invalid 11:13']],
    ['tags without a value', { 12: '', 13: '' }, ['lock/invalid 11:12']],
    ['an empty pending group', { 8: '    - pending: []', 9: '' }, ['lock/invalid 8:16']],
    ['an image without groups', { 14: '  debian: []', 15: '', 16: '', 17: '' }, ['lock/invalid 14:11']],
    ['an image without a value', { 15: '', 16: '', 17: '' }, ['lock/invalid 14:10']],
    ['a list of images', { 7: '  - alpine:', 14: '  - debian:' }, ['lock/invalid 7:3']],
    ['a bad hash', { 2: 'config: sha256:12' }, ['lock/invalid 2:9 sha256:12']],
    ['a hash with something before it', { 2: `config: x${digest('c')}` }, [`lock/invalid 2:9 x${digest('c')}`]],
    ['a hash with something after it', { 2: `config: ${digest('c')}0` }, [`lock/invalid 2:9 ${digest('c')}0`]],
    ['a commit with something before it', { 5: `  commit: "x${commit}"` }, [`lock/invalid 5:11 x${commit}`]],
    ['a commit with something after it', { 5: `  commit: "${commit}0"` }, [`lock/invalid 5:11 ${commit}0`]],
    ['a repository that is a list', { 4: '  repository: []' }, ['lock/invalid 4:15']],
    ['a short commit', { 5: '  commit: "c0ffee"' }, ['lock/invalid 5:11 c0ffee']],
    ['an empty repository', { 4: '  repository: ""' }, ['lock/invalid 4:15 ']],
    ['upstream as text', { 3: 'upstream: master', 4: '', 5: '' }, ['lock/invalid 3:11 master']],
    ['a bad image name', { 7: '  Alpine:' }, ['lock/invalid 7:3 Alpine']],
    ['an image name with a path', { 7: '  ../alpine:' }, ['lock/invalid 7:3 ../alpine']],
    ['a name that is a number', { 7: '  12:' }, ['lock/invalid 7:3 12']],
    ['a short digest', { 10: '    - digest: sha256:ab' }, ['lock/invalid 10:15 sha256:ab']],
    [
      'a digest in capitals',
      { 10: `    - digest: ${digest('a').toUpperCase()}` },
      [`lock/invalid 10:15 ${digest('a').toUpperCase()}`],
    ],
    ['a tag that YAML takes for a number', { 13: '        - 3.10' }, ['lock/invalid 13:11 3.10']],
    ['a tag that YAML takes for nothing', { 13: '        - null' }, ['lock/invalid 13:11 null']],
    ['a tag that is none', { 13: '        - "$(reboot)"' }, ['lock/invalid 13:11 $(reboot)']],
    ['a tag with a line break', { 13: '        - "3\\n4"' }, ['lock/invalid 13:11 3\n4']],
    ['a group that is text', { 9: '        - "3.24.0"\n    - text' }, ['lock/invalid 10:7 text']],
    ['a tag twice in a group', { 13: '        - "3.23.2"' }, ['lock/duplicate-tag 13:11 3.23.2']],
    [
      'a tag in two groups',
      { 13: `        - "3.23"\n    - digest: ${digest('c')}\n      tags:\n        - "3.23.2"` },
      ['lock/duplicate-tag 16:11 3.23.2'],
    ],
    ['a tag twice among the pending', { 9: '        - "3"\n    - pending: ["3"]' }, ['lock/duplicate-tag 10:17 3']],
    [
      'a digest in two groups',
      { 13: `        - "3.23"\n    - digest: ${digest('a')}\n      tags: ["3"]` },
      [`lock/duplicate-digest 14:15 ${digest('a')}`],
    ],
    ['an image twice', { 14: '  alpine:' }, ['lock/duplicate-image 14:3 alpine']],
  ])('with %s', (_, lines, expected) => {
    expect(refusals(edited(lines))).toEqual(expected);
  });

  test('with all that is wrong at once, in the order of the file', () => {
    const text = edited({ 2: 'config: x', 5: '  commit: y', 10: '    - digest: z', 13: '        - "3.23.2"' });
    expect(refusals(text)).toEqual([
      'lock/invalid 2:9 x',
      'lock/invalid 5:11 y',
      'lock/invalid 10:15 z',
      'lock/duplicate-tag 13:11 3.23.2',
    ]);
  });

  test('with no more problems than anybody reads', () => {
    const tags = Array.from({ length: 500 }, (_, index) => `        - ${index}`).join('\n');
    expect(refusals(edited({ 13: tags }))).toHaveLength(20);
  });

  test('with the place, the line and what to do', () => {
    try {
      parseLockfile(edited({ 13: '        - 3.10' }), file);
      expect.unreachable();
    } catch (error) {
      expect((error as UserError).problems).toEqual([
        {
          code: 'lock/invalid',
          severity: 'error',
          message: 'A tag, in quotes, is expected.',
          value: '3.10',
          place: { file, line: 13, column: 11, length: 4, source: '        - 3.10' },
          hint: 'Do not edit or merge it by hand: take either version whole (git checkout), then run `mirrorlock lock`.',
        },
      ]);
    }
  });

  test.each([
    ['broken YAML', edited({ 11: '      tags: }' }), 11],
    ['a tab', edited({ 12: '\t- "3.23.2"' }), 12],
    ['two documents', `${edited({})}---\n${edited({})}`, 18],
    ['an alias', edited({ 12: '        - *tag' }), 12],
    ['an anchor', edited({ 12: '        - &tag "3.23.2"' }), 12],
    ['a tag of YAML', edited({ 12: '        - !!str "3.23.2"' }), 12],
    ['a tag of nobody', edited({ 12: '        - !secret "3.23.2"' }), 12],
    ['a merge of mappings', edited({ 14: '  <<: *alpine', 15: '', 16: '', 17: '' }), 14],
    ['a directive', `%YAML 1.1\n---\n${edited({})}`, 1],
    ['a key that is a list', edited({ 7: '  ? [a, b]\n  :' }), 7],
    ['aliases of aliases', `version: 1\na: &a [x]\nb: &b [${'*a, '.repeat(99)}]\nc: &c [${'*b, '.repeat(99)}]\n`, 2],
  ])('as YAML that it is not, with %s', (_, text, line) => {
    const found = refusals(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatch(new RegExp(`^lock/not-yaml ${line}:`));
  });

  test.each([
    ['binary', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256)).toString('latin1')],
    ['full of NUL', '\0'.repeat(100_000)],
    ['brackets', '['.repeat(200_000)],
    ['lists of lists', `${'- '.repeat(200_000)}x`],
    ['keys of keys', '? '.repeat(200_000)],
    ['mappings of mappings', Array.from({ length: 2000 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')],
    ['quotes', '"'.repeat(10_001)],
  ])('when it is %s', (_, text) => {
    expect(refusals(text)).not.toEqual([]);
  });

  test('when it is larger than any lockfile', () => {
    const text = `${edited({})}#${'x'.repeat(4 * 1024 * 1024)}\n`;
    expect(refusals(text)).toEqual([`lock/too-large 1:1 ${text.length}`]);
  });
});

// Takes long for each mutant, and kills none that others do not.
describe.skipIf('MUTANTS_TESTS' in process.env)('whatever the text', () => {
  test('reading gives a lockfile or a UserError, never anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        refusals(text);
      }),
    );
  });

  test('also when a good lockfile is cut, or a piece of it replaced', () => {
    const damaged = fc.tuple(anyLockfile, fc.nat(), fc.nat({ max: 40 }), fc.string({ maxLength: 8 }));
    fc.assert(
      fc.property(damaged, ([made, at, length, piece]) => {
        const text = formatLockfile(made);
        const start = at % text.length;
        refusals(text.slice(0, start));
        refusals(text.slice(0, start) + piece + text.slice(start + length));
      }),
      { numRuns: 300 },
    );
  });
});

describe('what is kept of an index', () => {
  const index = kept('source', 'linux/amd64', 'linux/arm64/v8');
  const group = rewritten('13', { ...index, without: ['linux/386'] });
  const text = formatLockfile(lockfile(lockedImage('debian', group)));
  const [line = ''] = /(?<=^ +- )linux\/amd64 sha256.*$/m.exec(text) ?? [];
  const own = 'digest' in group ? group.digest : '';

  test('is read back as it is written, in lines that are made to be read', () => {
    expect(parseLockfile(text, file).images[0]?.entries).toEqual([group]);
    expect(text.slice(text.indexOf('    - digest')).replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…')).toBe(
      `    - digest: sha256:…
      source: sha256:…
      without: [ linux/386 ]
      children:
        - linux/amd64 sha256:… 1024
        - linux/amd64 attestation-manifest sha256:… 840
        - linux/arm64/v8 sha256:… 1024
        - linux/arm64/v8 attestation-manifest sha256:… 840
      tags:
        - "13"
`,
    );
  });

  test.each([
    ['another digest', text.replace(own, digest('evil')), 'lock/index-digest 11:15'],
    ['another child', text.replace(digest('source linux/amd64'), digest('evil')), 'lock/index-digest 11:15'],
    ['another size', text.replace(line, line.replace('1024', '1025')), 'lock/index-digest 11:15'],
    ['another platform', text.replaceAll('linux/amd64', 'linux/arm'), 'lock/index-digest 11:15'],
    ['a child less', text.replace(/ +- linux\/arm64\/v8 att.*\n/, ''), 'lock/index-digest 11:15'],
    ['a child that is none', text.replace(line, 'linux/amd64 beef 1'), 'lock/invalid 15:11'],
    ['a child of no size', text.replace(line, line.replace('1024', '-1')), 'lock/invalid 15:11'],
    ['a size that is too large', text.replace(line, line.replace('1024', '9'.repeat(16))), 'lock/invalid 15:11'],
    ['an attestation of nothing', text.replace('linux/amd64 att', 'linux/s390x att'), 'lock/invalid 16:11'],
    ['no children', text.replace(/ {6}children:\n( {8}- linux.*\n)+/, ''), 'lock/invalid'],
    ['a source that is no digest', text.replace(/source: .*/, 'source: latest'), 'lock/invalid 12:15'],
    ['a source twice', text.replace(/source: (.*)/, 'source: [$1, $1]'), 'lock/invalid 12:15'],
    ['a word with a control character', text.replace('[ linux/386 ]', '["a\\tb"]'), 'lock/invalid 13:17'],
  ])('is refused with %s', (_, changed, expected) => {
    expect(changed).not.toBe(text);
    expect(refusals(changed)[0]).toContain(expected);
  });

  test('of an index that is upstream’s own is its children, and nothing else needs to be told', () => {
    const plain = { digest: digest('own'), tags: tags('13'), index: { ...index, sources: [digest('own')] } };
    const written = formatLockfile(lockfile(lockedImage('debian', plain)));
    expect(written).not.toMatch(/source:|without:/);
    expect(parseLockfile(written, file).images[0]?.entries).toStrictEqual([plain]);
  });

  test.each([
    ['only a source', `      source: ${digest('s')}`],
    ['only what was left out', '      without: [linux/386]'],
    ['an empty list of sources', `      source: []\n      children: ["linux/amd64 ${digest('c')} 12"]`],
    ['an empty list of what was left out', `      without: []\n      children: ["linux/amd64 ${digest('c')} 12"]`],
  ])('is refused with %s', (_, lines) => {
    expect(refusals(edited({ 11: `${lines}\n      tags:` }))[0]).toMatch(/^lock\/invalid /);
  });

  test.each([
    ['what was left out', '      without: [linux/386]'],
    ['children', `      children: ["linux/amd64 ${digest('c')} 12"]`],
  ])('is refused with only %s of a pending index, whose digest is not told', (_, lines) => {
    expect(refusals(edited({ 9: `        - "3.24.0"\n${lines}` }))).toEqual([expect.stringMatching(/^lock\/invalid /)]);
  });
});

describe('a problem of a lockfile', () => {
  const problemsOf = (text: string) => {
    try {
      parseLockfile(text, file);
    } catch (error) {
      if (error instanceof UserError) return error.problems;
    }
    return [];
  };

  test('names the keys that there have to be, those that may be, and those that are missing', () => {
    const [group] = problemsOf(edited({ 10: '    - {}', 11: '', 12: '', 13: '' }));
    expect(group?.value).toBe('no digest, no tags');
    expect(group?.message).toContain('`digest`, `tags`');
    expect(group?.message).toContain('`source`, `without`, `children`');
    const [root] = problemsOf(edited({ 2: '' }));
    expect(root?.message).toMatch(/`version`, `config`, `upstream`, `images`\.$/);
  });

  test('stands where its value begins: a character of a collection or of nothing, and all of a text', () => {
    const lengthOf = (text: string) => problemsOf(text)[0]?.place?.length;
    expect(lengthOf(edited({ 3: 'upstream: [master, main]', 4: '', 5: '' }))).toBe(1);
    expect(lengthOf(edited({ 3: 'upstream: ""', 4: '', 5: '' }))).toBe(2);
    expect(lengthOf(edited({ 12: '        -' }))).toBe(1);
    expect(lengthOf(`${edited({})}#${'x'.repeat(4 * 1024 * 1024)}\n`)).toBe(1);
  });
});
