import { describe, expect, test } from 'vitest';
import { file, head, refusal } from './reader-support.ts';

describe('a library file is refused by name', () => {
  test.each([
    ['it is empty', '', 'upstream/empty-file', 1],
    ['it holds comments and blank lines alone', '# x\n\n', 'upstream/empty-file', 1],
    ['a line has no colon', file(['Tags: a\nnonsense\n']), 'upstream/bad-line', 6],
    ['it is of the older line format', '# maintainer: A (@a)\n\n1.0: git://x@abc\n', 'upstream/no-maintainers', 3],
    ['a line holds a form feed alone, which ends no paragraph', file(['Tags: a\n\f\n']), 'upstream/bad-line', 6],
    ['it is signed', '# x\n-----BEGIN PGP SIGNED MESSAGE-----\n', 'upstream/signed-file', 2],
    ['nobody maintains it', 'GitRepo: x\n', 'upstream/no-maintainers', 1],
    ['it begins with a byte order mark', `\ufeff${head}`, 'upstream/no-maintainers', 1],
    ['a maintainer has no handle', 'Maintainers: A <a@example.com>\n', 'upstream/bad-maintainer', 1],
    ['no maintainer is named', 'Maintainers:\n', 'upstream/bad-maintainer', 1],
    ['a comma follows the last maintainer', 'Maintainers: A (@a),\n', 'upstream/bad-maintainer', 1],
    ['a maintainer of an entry is none', file(['Tags: a\nMaintainers: A\n']), 'upstream/bad-maintainer', 6],
    ['blanks of another kind stand in a maintainer', 'Maintainers: A\u00a0(@a)\n', 'upstream/bad-maintainer', 1],
    ['the first paragraph has tags', file([], 'Tags: a\n'), 'upstream/global-tags', 4],
    ['the first paragraph has empty tags', file([], 'Tags:\n'), 'upstream/global-tags', 4],
    ['a default architecture is unknown', file([], 'Architectures: amd64,\n vax\n'), 'upstream/bad-architecture', 5],
    ['an architecture is unknown', file(['Tags: a\nArchitectures: AMD64\n']), 'upstream/bad-architecture', 6],
    ['architectures are empty', file(['Tags: a\nArchitectures:\n']), 'upstream/bad-architecture', 6],
    [
      'an architecture is a word of JavaScript',
      file(['Tags: a\nArchitectures: toString\n']),
      'upstream/bad-architecture',
      6,
    ],
    ['an entry has no tags', file(['File: x\n']), 'upstream/no-tags', 5],
    ['tags are empty', file(['Tags:\n']), 'upstream/bad-tag', 5],
    ['a comma follows the last tag', file(['Tags: a,\n']), 'upstream/bad-tag', 5],
    ['a tag holds a command', file(['Tags: a, $(x)\n']), 'upstream/bad-tag', 5],
    ['a tag holds a line end', file(['Tags: a\n b\n']), 'upstream/bad-tag', 5],
    ['a tag on the third line is bad', file(['Tags: a,\n b,\n # x\n c d\n']), 'upstream/bad-tag', 8],
    ['a tag begins with a dash', file(['Tags: -a\n']), 'upstream/bad-tag', 5],
    ['a tag is too long', file([`Tags: ${'a'.repeat(129)}\n`]), 'upstream/bad-tag', 5],
    ['a tag has a letter that is not ASCII', file(['Tags: é\n']), 'upstream/bad-tag', 5],
    ['shared tags are empty', file(['Tags: a\nSharedTags:\n']), 'upstream/bad-tag', 6],
    ['shared tags that are inherited are empty', file(['Tags: a\n'], 'SharedTags:\n'), 'upstream/bad-tag', 6],
    ['a tag stands twice in an entry', file(['Tags: a, b, a\n']), 'upstream/duplicate-tag', 5],
    ['a tag stands in two entries', file(['Tags: a\n', 'Tags: b, a\nFile: x\n']), 'upstream/duplicate-tag', 7],
    ['a tag stands in two entries of one build', file(['Tags: a\n', 'Tags: a\n']), 'upstream/duplicate-tag', 7],
    [
      'a tag is a shared one above',
      file(['Tags: a\nSharedTags: s\n', 'Tags: s\nFile: x\n']),
      'upstream/conflicting-tag',
      8,
    ],
    [
      'a shared tag is a tag above',
      file(['Tags: a\n', 'Tags: b\nSharedTags: a\nFile: x\n']),
      'upstream/conflicting-tag',
      8,
    ],
    ['a shared tag is a tag of its entry', file(['Tags: a\nSharedTags: a\n']), 'upstream/conflicting-tag', 6],
    ['the repository is empty', file(['Tags: a\nGitRepo:\n']), 'upstream/no-git-repo', 6],
    [
      'the repository is absent',
      `Maintainers: A (@a)\nGitCommit: ${'a'.repeat(40)}\n\nTags: a\n`,
      'upstream/no-git-repo',
      4,
    ],
    ['the commit is absent', 'Maintainers: A (@a)\nGitRepo: x\n\nTags: a\n', 'upstream/bad-git-commit', 4],
    ['the commit is a branch', file(['Tags: a\nGitCommit: master\n']), 'upstream/bad-git-commit', 6],
    ['the commit is in capitals', file([`Tags: a\nGitCommit: ${'A'.repeat(40)}\n`]), 'upstream/bad-git-commit', 6],
    ['the commit is continued', file([`Tags: a\nGitCommit:\n ${'a'.repeat(40)}\n`]), 'upstream/bad-git-commit', 6],
    ['the branch is a short name', file(['Tags: a\nGitFetch: master\n']), 'upstream/bad-git-fetch', 6],
    ['the branch is a pattern', file(['Tags: a\nGitFetch: refs/heads/*\n']), 'upstream/bad-git-fetch', 6],
    ['the branch is empty', file(['Tags: a\nGitFetch:\n']), 'upstream/bad-git-fetch', 6],
    ['a field has the name of the reader’s own', file(['Tags: a\nArchValues: x\n']), 'upstream/reserved-field', 6],
    ['a field is called Values', file([], 'Values: x\n'), 'upstream/reserved-field', 4],
    ['it is larger than 4 MiB', 'x'.repeat(4 * 1024 * 1024 + 1), 'upstream/file-too-large', 1],
  ])('where %s', (_, text, code, line) => {
    expect(refusal(text)).toMatchObject({ code, line });
  });

  test('where defaults times entries are more than a million tags', () => {
    const shared = Array.from({ length: 20_000 }, (_, number) => `s${number}`).join();
    const entries = Array.from({ length: 51 }, (_, number) => `Tags: t${number}\nFile: ${number}\n`);
    expect(refusal(file(entries, `SharedTags: ${shared}\n`)).code).toBe('upstream/too-many-tags');
  });

  test('where it is cut in half, unless the half is a whole file', () => {
    const text = file(['Tags: a, b\nArchitectures: amd64, i386\n']);
    for (const [length, code] of [
      [20, 'upstream/bad-maintainer'],
      [head.length + 4, 'upstream/bad-line'],
      [head.length + 9, 'upstream/bad-tag'],
      [text.length - 2, 'upstream/bad-architecture'],
    ] as const) {
      expect(refusal(text.slice(0, length)).code).toBe(code);
    }
  });
});

describe('a refusal', () => {
  test('shows the value, made fit to print', () => {
    expect(refusal(file(['Tags: a\u001b[2J\u202e\n b\n'])).value).toBe('a\\u{1b}[2J\\u{202e}\\nb');
    expect(refusal(file([`Tags: ${'x'.repeat(100_000)}\n`])).value).toBe(`${'x'.repeat(200)}…`);
  });

  test('has the rule as its message', () => {
    expect(refusal(file(['Tags: a, a\n'])).message).toBe('A tag stands in one entry, once.');
  });
});

test.each(['Values', 'Paragraph', 'ArchValues'])('the field %s is refused, Order is not', (name) => {
  expect(refusal(file([`Tags: a\n${name}: x\n`])).value).toBe(name);
  expect(() => refusal(file(['Tags: a\nOrder: x\n']))).toThrow('This was read');
});
