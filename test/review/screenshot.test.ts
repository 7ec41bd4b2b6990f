import { readFileSync } from 'node:fs';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage, startBrowser } from '../support/browser.ts';

const style =
  'body{font:14px/1.5 sans-serif;max-width:900px;margin:16px auto;padding:0 16px}code{background:#eff1f3;padding:.1em .3em;border-radius:4px;font-size:12px}h3{border-bottom:1px solid #d8dee4}a{color:#0969da}table{border-collapse:collapse}td,th{border:1px solid #d0d7de;padding:4px 8px}';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

test.each(['base', 'release', 'ended', 'typo', 'pending', 'week'])(
  'the text of %s is a page in a browser: nothing is asked for, and no line is wider than it',
  async (name) => {
    const text = readFileSync(new URL(`golden/${name}.md`, import.meta.url), 'utf8');
    const [title = '', ...body] = text.split('\n');
    const html = micromark(body.join('\n'), {
      extensions: [gfm()],
      htmlExtensions: [gfmHtml()],
      allowDangerousHtml: true,
    });
    const whole = `<!doctype html><meta charset=utf-8><style>${style}</style><h2>${title}</h2>${html}`;
    const { page, requests, complaints } = await openPage(browser, whole);
    expect([requests.filter((url) => !url.startsWith('about:')), complaints]).toEqual([[], []]);
    expect(await page.locator('h3').allTextContents()).toContain('What merging does');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    const folder = process.env['MIRRORLOCK_SCREENSHOTS'];
    if (folder !== undefined)
      await page.screenshot({ path: `${folder}/review-${name}.png`, fullPage: name !== 'week' });
    await page.close();
  },
);
