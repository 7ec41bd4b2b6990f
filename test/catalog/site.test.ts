import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHistory } from '../../src/upstream/open.ts';
import { startBrowser } from '../support/browser.ts';
import { runCli } from '../support/cli.ts';
import { plainEnv } from '../support/git.ts';
import { bundle, bundleIsAbsent, needsBundle } from '../support/open-upstream.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { yearOfLockfiles } from '../support/year-of-lockfiles.ts';

describe.skipIf(bundleIsAbsent)(`the catalogue of the whole library with a year of history${needsBundle}`, () => {
  let browser: Browser;
  let site: string;
  let plain: string;
  let versions: number;

  beforeAll(async () => {
    const { path } = temporaryDirectory();
    const mirror = join(path, 'mirror');
    versions = await yearOfLockfiles(mirror);
    [site, plain] = [join(path, 'site'), join(path, 'plain')];
    const cacheDirectory = join(path, 'cache');
    const since = Date.parse('2025-08-22') / 1000;
    const range = { since, beginsBefore: since + 86_400, until: Number.POSITIVE_INFINITY };
    await openHistory({ repository: bundle, ref: 'master' }, range, { cacheDirectory, env: plainEnv });
    const causes = ['catalog', '--out', site, '--upstream', bundle, '--json'];
    const runs = await Promise.all([
      runCli(causes, { cwd: mirror, env: { MIRRORLOCK_CACHE: cacheDirectory } }),
      runCli(['catalog', '--out', plain, '--no-history', '--json'], { cwd: mirror }),
    ]);
    for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
    expect(JSON.parse(runs[0].stdout)).toMatchObject({ schema: 'mirrorlock/catalog/v1', versions, warnings: [] });
    browser = await startBrowser();
  }, 240_000);

  afterAll(() => browser?.close());

  /** Opens a page of the site from its file, without a network; gives what it asked for and complained of as well. */
  async function open(path: string, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, offline: true, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`${pathToFileURL(site).href}/${path}`, { waitUntil: 'load' });
    return { page, complaints, requests };
  }

  it('opens from a file, asks for nothing but its own files, and the browser complains of nothing', async () => {
    for (const path of ['index.html', 'image/python.html#t-3.13-slim']) {
      const { page, complaints, requests } = await open(path);
      await page.locator('.search').waitFor();
      expect(complaints).toEqual([]);
      const own = pathToFileURL(site).href;
      expect(requests.filter((url) => !url.startsWith(`${own}/`))).toEqual([]);
      await page.context().close();
    }
  });

  it('finds tags as one types, by keyboard only, and goes to the tag', async () => {
    const { page } = await open('index.html');
    await page.keyboard.press('/');
    await page.keyboard.type('slim 3.13 python');
    expect(await page.locator('#found').textContent()).toMatch(/^\d+ results/);
    await page.locator('#search').fill('Python 3.13 slim');
    expect(await page.locator('#results li').first().textContent()).toBe('python:3.13-slim');
    await page.locator('#search').fill('');
    await page.keyboard.type('python:3.13-slim');
    expect(await page.locator('#results li').first().textContent()).toBe('python:3.13-slim');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.waitForURL(/image\/python\.html#t-3\.13-slim$/);
    expect(await page.locator('#pull-title').textContent()).toBe('python:3.13-slim');
    await page.keyboard.press('/');
    await page.keyboard.type('zzzz');
    expect(await page.locator('#found').textContent()).toBe('Nothing found.');
    await page.keyboard.press('Escape');
    expect(await page.locator('#search').inputValue()).toBe('');
    await page.context().close();
  });

  it('answers a keystroke within 50 ms', async () => {
    const { page } = await open('index.html');
    const times = await page.evaluate<number[]>(`(() => {
      const input = document.querySelector('#search');
      return [...'python:3.13-slim-trixie', ...'1 2 3 alpine', ...'e'].map((_, at, letters) => {
        input.value = letters.slice(Math.max(0, at - 12), at + 1).join('');
        const start = performance.now();
        input.dispatchEvent(new Event('input'));
        document.body.getBoundingClientRect();
        return performance.now() - start;
      });
    })()`);
    const sorted = times.sort((a, b) => a - b);
    console.log(
      `keystrokes: median ${sorted[sorted.length >> 1]?.toFixed(1)} ms, most ${sorted.at(-1)?.toFixed(1)} ms`,
    );
    expect(sorted[sorted.length >> 1]).toBeLessThan(50);
    await page.context().close();
  });

  it('copies what each client needs, for the tag that is chosen', async () => {
    const { page } = await open('image/python.html#t-3.13-slim', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const digest = await page
      .locator('tr', { has: page.locator('[id="t-3.13-slim"]') })
      .locator('.digest')
      .textContent();
    const pinned = `registry.example.com/library/python:3.13-slim@${digest}`;
    for (const [label, text] of [
      ['Copy for docker', 'docker pull registry.example.com/library/python:3.13-slim'],
      ['Copy for podman', 'podman pull registry.example.com/library/python:3.13-slim'],
      ['Copy for Dockerfile, pinned by digest', `FROM ${pinned}`],
      ['Copy for Kubernetes', `image: ${pinned}`],
    ] as const) {
      await page.getByRole('button', { name: label, exact: true }).click();
      await page.getByText(`Copied: ${text}`).waitFor();
      expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(text);
    }
    await page.context().close();
  });

  it('shows the history of a tag: from when it had which digest, and why', async () => {
    const { page } = await open('image/python.html#t-3.13-slim');
    await page.locator('#tag-history summary').click();
    const rows = await page.locator('#tag-history tbody tr').all();
    expect(rows.length).toBeGreaterThan(5);
    const first = await rows.at(-1)?.locator('td').allTextContents();
    expect(first?.[0]).toBe('2025-08-22');
    expect(first?.[2]).toBe('there when the history begins');
    const [, digest, why, commit] = (await rows[0]?.locator('td').allTextContents()) ?? [];
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(why).toMatch(/rebuilt|moved/);
    expect(commit).toMatch(/^Update \d+ images \(#\d+\) \([0-9a-f]{12}\)$/);
    await page.context().close();
  });

  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 360, height: 700 }, isMobile: true, hasTouch: true }],
  ] as const)('has nothing that axe finds, and fits the screen: %s', async (_, options) => {
    for (const path of ['index.html', 'image/python.html', 'image/drupal.html']) {
      const { page } = await open(path, { ...options, bypassCSP: true });
      await page.locator('#search').fill('alpine');
      if (path !== 'index.html') await page.locator('#tag-history summary').click();
      expect(await violations(page), path).toEqual([]);
      expect(await overflow(page), path).toBeLessThanOrEqual(0);
      await page.context().close();
    }
  });

  it('charts changes by their causes, each with a legend, a colour and a column of figures', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open('index.html', { colorScheme });
      const figure = page.locator('figure', { has: page.locator('#changes-title') });
      const legend = await figure.locator('.legend li').all();
      const causes = await Promise.all(legend.map((item) => item.getAttribute('class')));
      expect(causes).toEqual(expect.arrayContaining(['k-release', 'k-source', 'k-rebuilt', 'k-ended']));
      const colours = await Promise.all(
        causes.map((cause) => page.evaluate<string>(`getComputedStyle(document.querySelector('g.${cause}')).fill`)),
      );
      expect(new Set(colours).size).toBe(causes.length);
      await figure.locator('summary').click();
      expect(await figure.locator('thead th').count()).toBe(causes.length + 1);
      await page.context().close();
    }
  });

  it('prints, with the charts and without what is only for a screen', async () => {
    const { page } = await open('index.html');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('header').isVisible()).toBe(false);
    expect(await page.locator('svg').count()).toBe(3);
    for (const chart of await page.locator('svg').all())
      expect((await chart.boundingBox())?.height).toBeGreaterThan(40);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    await page.context().close();
  });

  it('has a feed of each image that is well-formed XML', async () => {
    const { page } = await open('index.html');
    const feeds = readdirSync(join(site, 'feed'));
    expect(feeds.length).toBeGreaterThan(130);
    for (const name of feeds) {
      const text = readFileSync(join(site, 'feed', name), 'utf8');
      const parsed = await page.evaluate<[string, number]>(`(() => {
        const xml = new DOMParser().parseFromString(${JSON.stringify(text)}, 'application/xml');
        return [xml.documentElement.nodeName, xml.querySelectorAll('parsererror').length];
      })()`);
      expect(parsed, name).toEqual(['feed', 0]);
    }
    await page.context().close();
  });

  it('is small: the first page, and all of it without history', async () => {
    const loaded = ['index.html', 'assets/catalog.css', 'assets/catalog.js', 'assets/names.js'];
    const first = loaded.reduce((sum, name) => sum + gzipSync(readFileSync(join(site, name))).length, 0);
    const all = sizeOf(plain);
    console.log(
      `first page ${first} bytes compressed; all without history ${all} bytes; with history ${sizeOf(site)} bytes`,
    );
    expect(first).toBeLessThan(300_000);
    expect(all).toBeLessThan(3_000_000);
    expect(existsSync(join(plain, 'history'))).toBe(false);
  });
});

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(" | ")}`))',
  );
}

function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
