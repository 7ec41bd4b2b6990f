import { readFileSync } from 'node:fs';
import axe from 'axe-core';
import { parse } from 'parse5';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HistoryBuilder } from '../../src/catalog/history.ts';
import { readReports } from '../../src/catalog/reports.ts';
import { catalogFiles } from '../../src/catalog/site.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import { startBrowser } from '../support/browser.ts';
import { digest, locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

const config = parseConfig(
  `version: 1
destinations:
  - {name: main, registry: registry.example.com, namespace: library}
  - {name: dr, registry: dr.example.com, namespace: mirror/library}
images: {include: ["*"]}
`,
  { file: 'mirrors.yaml', env: {} },
);

const lockfiles = [
  lockfile(
    lockedImage('debian', locked('a', '12 bookworm')),
    lockedImage('redis', locked('r', '8 latest')),
    lockedImage('python', locked('p', '3.13 3')),
  ),
  lockfile(lockedImage('debian', locked('b', '12 bookworm')), lockedImage('python', locked('q', '3.13 3'))),
  lockfile(
    lockedImage('debian', pending('14'), locked('b', '12 bookworm'), locked('c', '13 trixie latest')),
    lockedImage('python', locked('s', '3.13 3'), locked('t', '3.14')),
  ),
];

const compare = 'https://github.com/docker-library/python/compare/1...2';

/** A small site with all that a site may have: causes with links, marks, reports of every state, sizes and ages. */
function siteFiles(): Map<string, string> {
  const builder = new HistoryBuilder();
  for (const [index, one] of lockfiles.entries()) {
    builder.addText(
      { commit: `${index}`.repeat(40), time: 1_767_225_600 + index * 604_800, subject: `Update ${index}` },
      formatLockfile(one),
    );
    const change = builder.lastChange();
    if (change === undefined) continue;
    builder.explain(change, (image) =>
      image === 'python'
        ? { text: 'its Dockerfile changed', link: compare, cause: 'source' }
        : { text: 'debian:12 was rebuilt', cause: 'base' },
    );
  }
  const last = lockfiles.at(-1) ?? lockfile();
  const drift = [
    { kind: 'missing', image: 'debian', tag: '13', tags: ['13', 'trixie', 'latest'] },
    { kind: 'different', image: 'python', tag: '3.13' },
    { kind: 'missing', image: 'python', tag: '3.14' },
  ];
  const verify = { schema: 'mirrorlock/verify/v1', destinations: [{ name: 'main', drift, failures: [] }] };
  const failures = [{ image: 'python', tags: ['3.14'] }];
  const apply = {
    schema: 'mirrorlock/apply/v2',
    counts: { waiting: 2 },
    destinations: [{ name: 'main', failures }, { name: 'dr' }],
  };
  const read = (file: string, json: object) => ({ file, text: JSON.stringify(json) });
  const asset = (name: string) => readFileSync(new URL(`../../dist/catalog/${name}`, import.meta.url), 'utf8');
  return catalogFiles(
    {
      lockfile: last,
      destinations: config.destinations,
      history: builder.history(false),
      reports: readReports([read('apply.json', apply)], [read('verify.json', verify)]),
      marks: [
        { version: 0, time: 1_767_312_000, destinations: ['main', 'dr'] },
        { version: 2, time: 1_768_521_600, destinations: ['main'] },
      ],
      kept: new Map([
        [
          digest('b'),
          {
            platforms: ['linux/amd64', 'linux/arm64/v8'],
            built: '2026-01-02',
            sizes: new Map([['linux/amd64', 48_000_000]]),
          },
        ],
      ]),
    },
    { script: asset('catalog.js'), style: asset('style.css') },
  );
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  xml: 'application/atom+xml',
};
const base = '/a/b/';

describe('the catalogue, served below a path', () => {
  const files = siteFiles();
  const pages = [...files.keys()].filter((path) => path.endsWith('.html'));
  let server: ScriptedServer;
  let browser: Browser;
  let top: string;

  beforeAll(async () => {
    server = await scriptedServer(({ path }) => {
      const name = path.startsWith(base) ? decodeURIComponent(path.slice(base.length)).replace(/^$/, 'index.html') : '';
      const body = files.get(name);
      if (body === undefined) return { status: 404 };
      return { headers: { 'content-type': `${types[name.split('.').at(-1) ?? '']}; charset=utf-8` }, body };
    });
    top = `http://${server.host}${base}`;
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Opens a page; a request to anything but the site is refused, and kept. */
  async function open(path: string, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
    const page = await context.newPage();
    const foreign: string[] = [];
    const complaints: string[] = [];
    await context.route('**/*', (route) => {
      if (route.request().url().startsWith(top)) return route.continue();
      foreign.push(route.request().url());
      return route.abort();
    });
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('response', (response) => {
      if (response.status() !== 200) complaints.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(`${top}${path}`, { waitUntil: 'load' });
    await page.locator('.search').waitFor();
    return { page, foreign, complaints };
  }

  it.each(['', ...pages])(
    'asks for nothing outside of it, and every link in it leads somewhere: “%s”',
    async (path) => {
      const { page, foreign, complaints } = await open(path);
      if ((await page.locator('#tag-history summary').count()) > 0) await page.locator('#tag-history summary').click();
      const links = await page.evaluate<{ written: string; url: string }[]>(
        `[...document.querySelectorAll('[href], [src]')].map((one) => ({
        written: one.getAttribute('href') ?? one.getAttribute('src'), url: one.href?.baseVal === undefined ? (one.href ?? one.src) : new URL(one.href.baseVal, location.href).href }))`,
      );
      expect(links.length).toBeGreaterThan(4);
      for (const { written, url } of links.filter(({ written }) => written !== compare)) {
        expect(written).not.toMatch(/^(?:\/|[a-z]+:)/i);
        const { pathname, host } = new URL(url);
        expect(
          [host, files.has(decodeURIComponent(pathname.slice(base.length)).replace(/^$/, 'index.html'))],
          written,
        ).toEqual([server.host, true]);
      }
      expect([foreign, complaints]).toEqual([[], []]);
      await page.context().close();
    },
  );

  it('finds a tag and goes to it, and a page that is opened at a tag shows that one', async () => {
    const { page, foreign } = await open('image/debian.html');
    await page.locator('#search').fill('python 3.14');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${top}image/python.html#t-3.14`);
    expect(await page.locator('#pull-title').textContent()).toBe('python:3.14');
    expect(foreign).toEqual([]);
    await page.context().close();
  });

  it('finds what is pasted, digests, and what cannot be pulled with the reason', async () => {
    const { page, complaints } = await open('index.html');
    const find = async (typed: string) => {
      await page.locator('#search').fill(typed);
      return (await page.locator('#results li').allTextContents()).join(', ');
    };
    const hex = digest('c').slice('sha256:'.length);
    for (const name of [
      ...['docker.io/library/debian:trixie', 'registry.example.com/library/debian:trixie', 'library/debian:trixie'],
      ...['docker pull localhost:5000/debian:trixie', 'FROM debian:trixie', '  debian:trixie '],
    ])
      expect(await find(name), name).toBe('debian:trixie');
    for (const name of [
      ...[
        `sha256:${hex}`,
        `debian@sha256:${hex}`,
        `debian:12@sha256:${hex}`,
        `dr.example.com/mirror/library/debian@sha256:${hex}`,
      ],
      ...[hex, hex.slice(0, 7), `sha256:${hex.slice(0, 4)}`, hex.toUpperCase()],
    ])
      expect(await find(name), name).toBe('debian:13');
    for (const name of [`python@sha256:${hex}`, `sha256:${'0'.repeat(64)}`, '(', '\\', '.*', 'x'.repeat(9_000)])
      expect(await find(name), name).toBe('');
    expect(await find('debian:14')).toBe('debian:14 not published yet');
    expect(await find('redis')).toBe('redis left the lockfile');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('shows when a tag was merged and served, why, and where upstream says so', async () => {
    const { page } = await open('image/python.html#t-3.13');
    await page.locator('#tag-history summary').click();
    const rows = page.locator('#tag-history tbody tr');
    const texts = await Promise.all((await rows.all()).map((row) => row.locator('td').allTextContents()));
    expect(texts.map(([merged, , what, , served]) => [merged, what, served])).toEqual([
      ['2026-01-15', 'rebuilt: a new digest of the same tags, since its Dockerfile changed', '2026-01-16'],
      ['2026-01-08', 'rebuilt: a new digest of the same tags, since its Dockerfile changed', 'not marked'],
      ['2026-01-01', 'there when the history begins', '2026-01-02'],
    ]);
    const link = rows.first().getByRole('link', { name: 'its Dockerfile changed' });
    expect([await link.getAttribute('href'), await link.getAttribute('rel')]).toEqual([compare, 'noreferrer']);
    await page.context().close();
  });

  it('shows the sizes that are known, and how long ago a day was', async () => {
    const { page } = await open('image/debian.html');
    const text = await page.locator('table.groups').textContent();
    expect(text).toContain('linux/amd64 (48 MB), linux/arm64/v8');
    expect(text).toContain('2026-01-02');
    expect(await page.locator('.age').first().textContent()).toMatch(/ago$|today|yesterday/);
    await page.context().close();
  });

  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 360, height: 700 }, isMobile: true, hasTouch: true }],
  ] as const)('has nothing that axe finds, and fits the screen: %s', async (_, options) => {
    for (const path of pages) {
      const { page } = await open(path, { ...options, bypassCSP: true });
      for (const summary of await page.locator('summary').all()) await summary.click();
      await page.locator('#search').fill('python');
      await page.evaluate(axe.source);
      const found = await page.evaluate<string[]>(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`))',
      );
      expect(found, path).toEqual([]);
      const wider = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(wider, path).toBeLessThanOrEqual(0);
      await page.context().close();
    }
  });

  it('is well-formed without a script: a heading, a list of images, and tables with headings', () => {
    for (const path of pages) {
      const text = files.get(path) ?? '';
      const faults: string[] = [];
      parse(text, { onParseError: ({ code, startLine }) => faults.push(`${code} ${startLine}`) });
      expect(faults, path).toEqual([]);
      expect(text.match(/<h1>/g), path).toHaveLength(1);
    }
  });
});
