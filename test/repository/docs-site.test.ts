import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import axe from 'axe-core';
import { execa } from 'execa';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { siteLinks } from '../../scripts/docs-check.mts';
import { anchorOf, sidebarOf, siteLink } from '../../scripts/docs-links.mts';
import { startBrowser } from '../support/browser.ts';
import { onCleanUp } from '../support/cleanup.ts';
import { docsPages } from '../support/docs.ts';
import { readProjectFile, root } from '../support/project-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const base = '/team/mirrorlock/';
const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** What axe finds on pages of VitePress's default theme, whatever is written on them. */
const ofTheme: readonly string[] = [
  // The search button shows a key that its name does not have.
  'label-content-name-mismatch: <button type="button" class="DocSearch',
  // The language of a code block is light grey.
  'color-contrast: <span class="lang">',
];

/** Serves a folder under the base path, and nothing else. */
async function serve(folder: string): Promise<string> {
  const server = createServer((request, answer) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = pathname.startsWith(base) ? join(folder, pathname.slice(base.length) || 'index.html') : '';
    if (file === '' || !existsSync(file) || statSync(file).isDirectory()) return answer.writeHead(404).end();
    return answer
      .writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
      .end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(() => new Promise((resolve) => server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`;
}

describe('the site of the documentation', () => {
  let folder: string;
  let address: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = join(temporaryDirectory().path, 'site');
    // A proxy that nobody is at: a build that asks the network fails.
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' };
    await execa('tsx', ['scripts/docs.mts', '--base', base, '--out', folder], { cwd: root, preferLocal: true, env });
    [address, browser] = await Promise.all([serve(folder), startBrowser()]);
  }, 240_000);

  afterAll(() => browser?.close());

  async function open(path: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Opened> {
    const page = await browser.newPage(options);
    const elsewhere: string[] = [];
    const failed: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(address) && !request.url().startsWith('data:')) elsewhere.push(request.url());
    });
    page.on('response', (answer) => {
      if (answer.status() >= 400) failed.push(answer.url());
    });
    await page.goto(`${address}${path}`, { waitUntil: 'networkidle' });
    return { page, elsewhere, failed };
  }

  test('has each page of docs, and no link that leads nowhere', () => {
    const pages = docsPages().flatMap(({ path }) => (path.startsWith('docs/') ? path.slice('docs/'.length) : []));
    const built = pages.map((path) => path.replace(/\.md$/, '.html').replace('README', 'index'));
    expect(built.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
    const links = siteLinks(folder, base);
    expect(links.own).toBeGreaterThan(1000);
    expect(links.broken).toEqual([]);
  });

  test('asks nobody else, and finds all of its files under a path', async () => {
    const { page, elsewhere, failed } = await open('');
    expect(await page.locator('h1').textContent()).toContain('Documentation');
    expect(elsewhere).toEqual([]);
    expect(failed).toEqual([]);
    await page.close();
  });

  test('leads by its side bar to a page, and by an anchor to its place', async () => {
    const { page, failed } = await open('');
    await page.locator('.VPSidebar').getByRole('link', { name: 'At 3 a.m.' }).click();
    await page.waitForURL(`${address}how-to/at-3-am.html`);
    await page.locator('main').getByRole('link', { name: 'a destination that was killed' }).click();
    await page.waitForURL(`${address}sources.html#a-destination-that-was-killed`);
    await page.locator('#a-destination-that-was-killed').waitFor();
    expect(failed).toEqual([]);
    await page.close();
  });

  test('finds a page by a word of it, with the keyboard only', async () => {
    const { page } = await open('');
    await page.keyboard.press('Control+k');
    await page.locator('#localsearch-input').waitFor();
    await page.keyboard.type('creation template');
    await page.locator('.VPLocalSearchBox .result').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/registries\/ecr\.html/);
    await page.close();
  });

  test.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 360, height: 700 }, isMobile: true, hasTouch: true }],
  ] as const)('has nothing that axe finds but what the theme brings: %s', async (_, options) => {
    for (const path of ['index.html', 'how-to/at-3-am.html', 'how-to/registries/ecr.html', 'reference/cli.html']) {
      const { page } = await open(path, options);
      const found = await violations(page);
      expect(
        found.filter((one) => !ofTheme.some((id) => one.startsWith(id))),
        path,
      ).toEqual([]);
      await page.close();
    }
  });
});

interface Opened {
  readonly page: Page;
  readonly elsewhere: readonly string[];
  readonly failed: readonly string[];
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)))',
  );
}

test('a link to a file or an anchor that is not there is found, and one to elsewhere is only listed', () => {
  const { path } = temporaryDirectory();
  mkdirSync(join(path, 'sub'));
  writeFileSync(
    join(path, 'index.html'),
    '<a href="/x/sub/one.html#here">a</a><a href="/x/sub/one.html#gone">b</a><a href="/x/two.html">c</a><a href="/y/">d</a><a href="https://example.com/a">e</a><img src="/x/none.png">',
  );
  writeFileSync(join(path, 'sub/one.html'), '<h2 id="here">Here</h2><a href="../">up</a>');
  expect(siteLinks(path, '/x/')).toEqual({
    pages: 2,
    own: 6,
    broken: [
      'index.html: /x/sub/one.html#gone',
      'index.html: /x/two.html',
      'index.html: /y/',
      'index.html: /x/none.png',
    ],
    elsewhere: ['https://example.com/a'],
  });
});

test('anchors are those of GitHub', () => {
  expect(anchorOf('The engine: direct or skopeo')).toBe('the-engine-direct-or-skopeo');
  expect(anchorOf('`mirrorlock where <image:tag>`')).toBe('mirrorlock-where-imagetag');
  expect(anchorOf("GitLab's registry")).toBe('gitlabs-registry');
});

test('a link out of docs is one to the repository, and the list of pages is the first page', () => {
  expect(siteLink('ci.md', '../README.md#promises')).toMatch(/\/blob\/main\/README\.md#promises$/);
  expect(siteLink('how-to/github.md', '../../src/a.ts')).toMatch(/\/blob\/main\/src\/a\.ts$/);
  expect(siteLink('how-to/github.md', '../README.md#registries')).toBe('../index.md#registries');
  expect(siteLink('how-to/github.md', '../ci.md#github')).toBe('../ci.md#github');
  expect(siteLink('ci.md', 'https://example.com/README.md')).toBe('https://example.com/README.md');
});

test('the side bar has each page of the list, in its parts', () => {
  const index = readProjectFile('docs/README.md');
  const links = sidebarOf(index).flatMap(({ items }) => items.map(({ link }) => link));
  expect(new Set(links).size).toBe(links.length);
  const pages = docsPages().flatMap(({ path }) => (path.startsWith('docs/') ? `/${path.slice(5, -3)}` : []));
  expect(links.toSorted()).toEqual(pages.filter((path) => path !== '/README').toSorted());
});
