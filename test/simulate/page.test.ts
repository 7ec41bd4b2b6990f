import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from '../../src/simulate/html/page.ts';
import { openPage, startBrowser } from '../support/browser.ts';
import { config, request, simulateOn, smallHistory } from './support.ts';

/** Evaluated in the page, whose types are not this program's. */
const root = 'document.documentElement';
let browser: Browser;
let html: string;

beforeAll(async () => {
  browser = await startBrowser();
  const everything = config('images: {include: ["*"], exclude: [{image: "*", tags: ["*-rc*"]}]}');
  html = reportHtml(await simulateOn(await smallHistory(), [everything], request({ rebuildModel: 'bases' })));
}, 60_000);

afterAll(() => browser?.close());

describe('the page, in Chromium', () => {
  it('stands alone: it asks for nothing, and the browser complains of nothing', async () => {
    const { page, requests, complaints } = await openPage(browser, html);
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe('What a mirror of official images costs');
    expect(await page.locator('svg').count()).toBeGreaterThanOrEqual(6);
    await page.close();
  });

  it('tells a screen reader what each chart shows, and each table what it is', async () => {
    const { page } = await openPage(browser, html);
    const charts = await page.getByRole('img').all();
    expect(charts.length).toBe(await page.locator('svg').count());
    for (const chart of charts) expect((await chart.ariaSnapshot()).length).toBeGreaterThan(20);
    expect(await page.locator('table').count()).toBe(await page.locator('table > caption').count());
    expect(await page.locator('th:not([scope])').count()).toBe(0);
    await page.close();
  });

  it('fits the screen and the paper: nothing runs out at the side, and charts are seen', async () => {
    const { page } = await openPage(browser, html);
    const overflow = () => page.evaluate<number>(`${root}.scrollWidth - ${root}.clientWidth`);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.emulateMedia({ media: 'print' });
    expect(await overflow()).toBeLessThanOrEqual(0);
    for (const chart of await page.locator('svg').all())
      expect((await chart.boundingBox())?.height).toBeGreaterThan(40);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    await page.close();
  });

  it.each(['light', 'dark'] as const)(
    'can be read on a %s screen: text stands out from what is behind it',
    async (scheme) => {
      const { page } = await openPage(browser, html, scheme);
      const [text, ground] = await page.evaluate<[string, string]>(
        'const { color, backgroundColor } = getComputedStyle(document.body); [color, backgroundColor]',
      );
      expect(contrast(text, ground)).toBeGreaterThan(7);
      await page.close();
    },
  );
});

/** The contrast of two colours as WCAG 2.1 defines it. */
function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)].sort((x, y) => y - x) as [number, number];
  return (a + 0.05) / (b + 0.05);
}

function luminance(colour: string): number {
  const parts = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  const [r = 0, g = 0, b = 0] = parts.map((part) => {
    const value = part / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
