import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeBlock, fold, link, list, table } from '../../src/core/markdown/blocks.ts';
import { code, prose } from '../../src/core/markdown/inline.ts';
import { type Markdown, md } from '../../src/core/markdown/markdown.ts';
import { hostileText } from '../support/hostile-text.ts';
import { forgeLinks, renderPage } from '../support/markdown-page.ts';

const runs = { numRuns: 300 };

/** Every place that a piece of a line may have on a page, and the elements that it has around it there. */
const places: readonly {
  readonly name: string;
  readonly put: (piece: Markdown) => Markdown;
  readonly around: string[];
}[] = [
  { name: 'a paragraph', put: (piece) => md`${piece}`, around: ['p'] },
  { name: 'a heading', put: (piece) => md`### ${piece}`, around: ['h3'] },
  { name: 'the middle of a line', put: (piece) => md`**before ${piece} after**`, around: ['p', 'strong'] },
  { name: 'a list', put: (piece) => list([piece]), around: ['ul', 'li'] },
];

/** As a reader sees it: one line, and what cannot be seen left out. */
function seen(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\s]+/gu, ' ').trim();
}

describe('promise 8: text stays the text that it is', () => {
  test.each(places)('as code in $name', ({ put, around }) => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { elements, comments } = renderPage(put(code(text)));
        expect(elements.map(({ name }) => name)).toEqual([...around, 'code']);
        const shown = elements.at(-1)?.text ?? '';
        if ([...seen(text)].length <= 300) expect(shown).toBe(seen(text));
        else expect(shown.length).toBeLessThanOrEqual(600);
        expect(comments).toEqual([]);
      }),
      runs,
    );
  });

  test.each(places)('as prose in $name', ({ put, around }) => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const page = renderPage(put(prose(text)));
        const { elements, comments } = page;
        const names = elements.map(({ name }) => name);
        if (names.length > 0) expect(names.slice(0, around.length)).toEqual(around);
        expect(new Set(names.slice(around.length))).toEqual(new Set(names.length > around.length ? ['code'] : []));
        expect(forgeLinks(page)).toEqual([]);
        expect(comments).toEqual([]);
      }),
      runs,
    );
  });

  test('prose shows every word, and code between backticks', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const short = text.replaceAll('`', '').slice(0, 200);
        expect(renderPage(prose(`begin ${short} end`)).text.trim()).toBe(seen(`begin ${short} end`));
      }),
      runs,
    );
    expect(prose('Run `mirrorlock lock`, then look; it costs 5.')).toBe(
      'Run `mirrorlock lock`, then look; it costs 5.',
    );
    expect(prose('It is at 1.2deadbeef now')).toBe('It is at `1.2deadbeef` now');
    expect(renderPage(prose('Thanks, @user (see #12)!')).elements.map(({ name, text }) => [name, text])).toEqual([
      ['p', 'Thanks, @user (see #12)!'],
      ['code', '@user'],
      ['code', '#12)!'],
    ]);
  });

  test('in a cell of a table', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (one, other) => {
        const page = renderPage(
          table(
            [md`a`, md`b`],
            [
              [code(one), prose(other)],
              [md`x`, md`y`],
            ],
          ),
        );
        expect(page.elements.filter(({ name }) => name === 'td')).toHaveLength(4);
        expect(page.elements.filter(({ name }) => name === 'tr')).toHaveLength(3);
        expect(page.elements.find(({ name }) => name === 'code')?.text.slice(0, 50)).toBe(seen(one).slice(0, 50));
      }),
      runs,
    );
  });

  test('as a block of code, line by line', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const block = codeBlock(text, 'yaml');
        const { elements, comments, text: shown } = renderPage(`before\n\n${block}\n\nafter\n`);
        expect(elements.map(({ name }) => name)).toEqual(['p', 'pre', 'code', 'p']);
        const kept = text.replace(/\r\n?/g, '\n').replace(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?![\n\t])\p{Cc}/gu, '\ufffd');
        expect(shown.replaceAll('\n', '')).toContain(kept.replaceAll('\n', ''));
        expect(comments).toEqual([]);
        for (const line of block.split('\n')) expect(line).not.toMatch(/^\s*\/[a-z]|<!--|^\s*[-*+] \[[ x]\]/i);
      }),
      runs,
    );
  });

  test('as the summary of a fold, which holds its content', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (summary, content) => {
        const page = renderPage(`${fold(summary, list([code(content)]))}\n\nafter`);
        const { elements, comments } = page;
        const names = elements.map(({ name }) => name);
        expect(names.filter((name) => !['code'].includes(name))).toEqual(['details', 'summary', 'ul', 'li', 'p']);
        expect(elements.at(-1)?.within).toEqual([]);
        expect(forgeLinks(page)).toEqual([]);
        expect(comments).toEqual([]);
      }),
      runs,
    );
  });

  test('as the address of a link: it leads there, or there is none', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostileText,
          hostileText.map((text) => `https://git.example/${text}`),
        ),
        (url) => {
          const { elements } = renderPage(md`${link(md`label`, url)} after`);
          const names = elements.map(({ name }) => name);
          expect([['p'], ['p', 'a']]).toContainEqual(names);
          if (names.length === 2) expect(elements[1]).toMatchObject({ attributes: { href: url }, text: 'label' });
        },
      ),
      runs,
    );
    expect(link(md`label`, 'https://git.example/a/-/compare/b...c')).toBe(
      '[label](https://git.example/a/-/compare/b...c)',
    );
    expect(link(md`label`, 'javascript:alert(1)')).toBe('label');
  });
});
