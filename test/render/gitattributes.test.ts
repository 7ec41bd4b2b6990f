import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gitattributesChange, withGitattributes } from '../../src/render/gitattributes.ts';

const block = withGitattributes(undefined);
const [begin = '', own = '', end = ''] = block.split('\n');

describe('the block in .gitattributes', () => {
  test('marks the sync files for GitHub and GitLab', () => {
    expect(own).toBe('sync/*.yaml linguist-generated gitlab-generated');
    expect(block.split('\n')).toHaveLength(4);
  });

  test.each([
    ['nothing', '', block],
    ['lines of people', '*.sh eol=lf\n', `*.sh eol=lf\n${block}`],
    ['no line break at the end', '*.sh eol=lf', `*.sh eol=lf\n${block}`],
    ['line breaks of Windows', '*.sh eol=lf\r\n', `*.sh eol=lf\r\n${block.replaceAll('\n', '\r\n')}`],
    ['the block, with lines around it', `a b\n${block}c d\n`, `a b\n${block}c d\n`],
    ['an older block', `a b\n${begin}\nsync/** x\n${end}\nc d\n`, `a b\n${block}c d\n`],
    ['two blocks', `${block}a b\n${block}`, `${block}a b\n`],
    ['a block without its end', `${begin}\n${own}\na b\n`, `${block}a b\n`],
    ['a block without its end before a whole one', `${begin}\n${own}\na b\n${block}`, `${block}a b\n`],
    ['an end alone', `a b\n${end}\n`, `a b\n${block}`],
  ])('in a file with %s', (_, before, after) => {
    expect(withGitattributes(before)).toBe(after);
  });

  test('is kept once, and all other lines as they are', () => {
    const line = fc.constantFrom(begin, own, end, '* text=auto', '# note', '', 'sync/*.yaml -linguist-generated');
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.boolean(), (lines, lineBreak, isClosed) => {
        const before = lines.join(lineBreak) + (isClosed ? lineBreak : '');
        const after = withGitattributes(before);
        expect(withGitattributes(after)).toBe(after);
        expect(after.split(begin)).toHaveLength(2);
        expect(gitattributesChange(after)).toEqual([]);
      }),
    );
  });

  test('is not written into a file that is not UTF-8', () => {
    expect(() => gitattributesChange('caf\ufffd binary\n')).toThrow('not UTF-8');
  });
});
