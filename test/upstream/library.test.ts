import { describe, expect, test } from 'vitest';
import { shownValue } from '../../src/core/text.ts';
import { readLibrary } from '../../src/upstream/reader.ts';
import { toProblem } from '../../src/upstream/refusal.ts';
import { file } from './reader-support.ts';

const commit = { repository: 'https://example.com/up.git', sha: 'c'.repeat(40) };
const give = (name: string, text: string) => ({ name, blob: 'b'.repeat(40), text });

describe('a library', () => {
  test('has its images and refusals sorted by name', () => {
    const library = readLibrary(
      [give('b', file(['Tags: x\n'])), give('zz', ''), give('a', 'Maintainers: A (@a)\n'), give('aa', 'nonsense\n')],
      commit,
      [
        {
          image: 'm',
          file: 'library/m',
          commit: commit.sha,
          code: 'upstream/not-a-file',
          message: 'x',
          value: 'a folder',
        },
      ],
    );
    expect(library.commit).toBe(commit);
    expect(library.images.map(({ name, entryCount }) => [name, entryCount])).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
    expect(library.refusals.map(({ image, code }) => [image, code])).toEqual([
      ['aa', 'upstream/bad-line'],
      ['m', 'upstream/not-a-file'],
      ['zz', 'upstream/empty-file'],
    ]);
  });

  test.each(['README.md', '.hidden', 'a\nb', '-x', 'a/b', 'é', ''])(
    'refuses a file that no image can have: %j',
    (name) => {
      const { images, refusals } = readLibrary([give(name, file(['Tags: x\n']))], commit);
      expect(images).toEqual([]);
      expect(refusals).toEqual([expect.objectContaining({ code: 'upstream/bad-name', value: shownValue(name) })]);
    },
  );
});

describe('the problem of a refusal', () => {
  const refusalOf = (text: string) => {
    const [refusal] = readLibrary([give('golang', text)], commit).refusals;
    if (refusal === undefined) throw new Error('This was read.');
    return toProblem(refusal);
  };

  test('is a warning that names file, line, commit, rule and value', () => {
    expect(refusalOf(file(['Tags: a, $(x)\n']))).toEqual({
      code: 'upstream/bad-tag',
      severity: 'warning',
      message: expect.stringMatching(/^A tag is 1 to 128 .* The image golang is left out \(commit c{40}\)\.$/),
      place: { file: 'library/golang', line: 5 },
      value: '$(x)',
      hint: expect.stringContaining('locked tags stay'),
    });
  });

  test('has no line where the rule is about none', () => {
    const problem = toProblem({
      image: 'x',
      file: 'library/x',
      commit: commit.sha,
      code: 'upstream/not-a-file',
      message: 'Rule.',
      value: 'a symbolic link',
    });
    expect(problem.place).toEqual({ file: 'library/x' });
  });
});
