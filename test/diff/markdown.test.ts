import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffMarkdown, imageTable } from '../../src/changes/diff-markdown.ts';
import { diffLockfiles, type TagStep, tagSteps } from '../../src/diff/diff.ts';
import { anyLockfile, twoLockfiles } from '../support/arbitrary-lockfiles.ts';
import { locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';

const codeSpan = /`[^`\n|]+`/g;
const words = /^(?:| (?:release|moved|added|removed|ended|rebuilt|pending) )$/;

/** The cells of a table's row, the text of code spans left out. */
function cellsOf(line: string): string[] {
  return line.replace(codeSpan, '').split('|');
}

describe('promise 8: no name or tag can leave its place in the Markdown', () => {
  test('a row has its six cells, and what is not of this project stands in code spans', () => {
    fc.assert(
      fc.property(anyLockfile, anyLockfile, (from, to) => {
        const lines = diffMarkdown(diffLockfiles(from, to)).split('\n');
        for (const line of lines.filter((row) => row.startsWith('|') && !row.startsWith('| ---'))) {
          const [begin, change = '', ...rest] = cellsOf(line);
          const end = rest.pop();
          expect([begin, end]).toEqual(['', '']);
          if (change === ' change ') continue;
          expect(change).toMatch(words);
          expect(rest).toHaveLength(5);
          for (const cell of rest) expect(cell.trim()).toBe('');
        }
        for (const line of lines.filter((title) => title.startsWith('###'))) expect(line).toMatch(/^### `[^`]+`$/);
      }),
    );
  });

  test('each tag that changes stands in its column once', () => {
    fc.assert(
      fc.property(twoLockfiles, ([from, to]) => {
        const diff = diffLockfiles(from, to);
        for (const image of diff.images) {
          const rows = diffMarkdown({ ...diff, images: [image] })
            .split('\n')
            .filter((line) => /^\| \w+ \| (?!tags|---)/.test(line))
            .map((line) => line.split('|').map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text)));
          const column = (index: number) => rows.flatMap((cells) => cells[index] ?? []).sort();
          const steps = tagSteps(image);
          const names = (is: (step: TagStep) => boolean) => steps.filter(is).map(({ tag }) => tag);
          const kept = names(({ from, to }) => from !== undefined && to !== undefined);
          expect(column(2)).toEqual([...kept, ...image.pending].sort());
          expect(column(3)).toEqual(names(({ from }) => from === undefined).sort());
          expect(column(4)).toEqual(names(({ to }) => to === undefined).sort());
        }
      }),
    );
  });

  test('a name that GitHub would make a link of stays a name, in the headline too', () => {
    const to = lockfile(lockedImage('www.example.com', locked('a', '1 www.example.com'), pending('a_b_c')));
    const text = diffMarkdown(diffLockfiles(undefined, to));
    expect(text.replace(codeSpan, '')).not.toMatch(/www|a_b_c/);
    expect(text.split('\n')[0]).toBe('**`www.example.com`: 2 tags added, 1 pending**');
  });
});

describe('the Markdown of a large difference', () => {
  const rowsOf = (markdown: readonly string[]) =>
    markdown
      .join('')
      .split('\n')
      .filter((line) => /^\| (?!change|-)/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, ...cells]) =>
        cells.slice(0, 4).concat(cells.slice(4, 6).filter((cell) => !/^(`[0-9a-f]{12}`)?$/.test(cell))),
      );

  test('has a row for each pair of digests that tags move between', () => {
    const from = lockfile(lockedImage('a', locked('x', '1.0 1'), locked('y', '2.0 2')));
    const to = lockfile(lockedImage('a', locked('z', '1.1 1'), locked('w', '2.1 2')));
    expect(diffLockfiles(from, to).images.map((image) => rowsOf(imageTable(image)))).toEqual([
      [
        ['release', '`1`', '`1.1`', '`1.0`'],
        ['release', '`2`', '`2.1`', '`2.0`'],
      ],
    ]);
  });

  test('has one row for all tags that move between the same digests', () => {
    const from = lockfile(lockedImage('a', locked('x', '1.0 1 latest')));
    const to = lockfile(lockedImage('a', locked('x', '1.0'), locked('y', '1.1 1 latest')));
    expect(diffLockfiles(from, to).images.map((image) => rowsOf(imageTable(image)))).toEqual([
      [['release', '`1` `latest`', '`1.1`', '']],
    ]);
  });

  test('counts rows and tags over the limits, and only these', () => {
    const to = lockfile(lockedImage('a', locked('x', '1 2 3'), locked('y', '4 5 6 7'), locked('z', '8'), pending('9')));
    const tables = (rows: number) =>
      diffLockfiles(undefined, to).images.map((image) => rowsOf(imageTable(image, { rows, tags: 3 })));
    const [first, second] = [
      ['added', '', '`1` `2` `3`', ''],
      ['added', '', '`4` `5` `6` and 1 more', ''],
    ];
    expect(tables(2)).toEqual([[first, second, ['…', 'and 2 more rows', '', '']]]);
    expect(tables(4)).toEqual([[first, second, ['added', '', '`8`', ''], ['pending', '`9`', '', '']]]);
  });

  test('names three images in its headline', () => {
    const two = lockfile(...['a', 'b'].map((name) => lockedImage(name, locked('x', '1'))));
    expect(diffMarkdown(diffLockfiles(undefined, two)).split('\n')[0]).toBe('**`a`, `b`: 2 tags added**');
    const to = lockfile(...['a', 'b', 'c', 'd'].map((name) => lockedImage(name, locked('x', '1'))));
    expect(diffMarkdown(diffLockfiles(undefined, to)).split('\n')[0]).toBe(
      '**`a`, `b`, `c` and 1 more: 4 tags added**',
    );
  });
});
