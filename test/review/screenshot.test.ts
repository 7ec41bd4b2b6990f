import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage, startBrowser } from '../support/browser.ts';
import { pullRequestPage } from '../support/markdown-page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

test.each(['base', 'release', 'ended', 'typo', 'pending', 'week'])(
  'the text of %s is a page in a browser: nothing is asked for, and no line is wider than it',
  async (name) => {
    const text = readFileSync(new URL(`golden/${name}.md`, import.meta.url), 'utf8');
    const { page, requests, complaints } = await openPage(browser, pullRequestPage(text));
    expect([requests.filter((url) => !url.startsWith('about:')), complaints]).toEqual([[], []]);
    expect(await page.locator('h3').allTextContents()).toContain('What merging does');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.close();
  },
);
