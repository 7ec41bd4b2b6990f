import { describe, expect, test } from 'vitest';
import { type PendingGroup, pendingTexts, stillPendingLines } from '../../src/changes/pending.ts';
import { parseImageName, parseTag } from '../../src/core/names.ts';

const group = (image: string, version: string, more: Partial<PendingGroup> = {}): PendingGroup => ({
  image: parseImageName(image),
  tags: [parseTag(version), parseTag(`${version}-x`)],
  asked: parseTag(version),
  hasIndex: false,
  ...more,
});
const some = (image: string, count: number, more: Partial<PendingGroup> = {}) =>
  Array.from({ length: count }, (_, index) => group(image, `1.${index}.2`, more));

describe('pending groups in words', () => {
  test('are said one by one where they are few', () => {
    expect(pendingTexts([...some('golang', 3), group('redis', '8.4.1', { stays: [parseTag('8.4.0')] })])).toEqual([
      ...[0, 1, 2].map(
        (minor) =>
          `\`golang\`: \`1.${minor}.2\`, \`1.${minor}.2-x\` announced upstream, not published yet; asked for \`golang:1.${minor}.2\`, which upstream lists first of this group: the source does not have it. A tag that is locked already stays where it is.`,
      ),
      '`redis`: `8.4.1`, `8.4.1-x` announced upstream, not published yet; asked for `redis:8.4.1`, which upstream lists first of this group: the source does not have it. A tag that is locked already stays where it is. `8.4.0` stays until it is published.',
    ]);
  });

  test('are said together for an image that has many, with the tags that were asked for, and why those', () => {
    expect(pendingTexts([...some('golang', 12, { stays: [parseTag('1.0.1')] }), ...some('redis', 1)])).toEqual([
      expect.stringMatching(
        /^`golang`: 12 groups with 24 tags announced upstream, not published yet; asked for `1\.0\.2`, .* and 4 more, which upstream lists first of each: the source does not have them\. Tags that are locked already stay\. .*stay until their successors are published\.$/,
      ),
      expect.stringMatching(/^`redis`: `1\.0\.2`/),
    ]);
  });

  test('are told apart by what the source answered', () => {
    const lines = stillPendingLines([...some('golang', 4), ...some('golang', 5, { hasIndex: true })]);
    expect(lines).toEqual([
      expect.stringMatching(/^`golang`: 4 groups with 8 tags; .*: the source does not have them$/),
      expect.stringMatching(/^`golang`: 5 groups with 10 tags; .*: they lack announced platforms$/),
    ]);
  });

  test('without a word on what was asked where nobody knows', () => {
    const own = some('golang', 4).map(({ asked: _, ...rest }) => rest);
    expect(stillPendingLines(own)).toEqual(['`golang`: 4 groups with 8 tags']);
  });
});
