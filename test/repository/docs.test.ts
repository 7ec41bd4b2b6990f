import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { docsPages } from '../support/docs.ts';
import { renderPage } from '../support/markdown-page.ts';
import { projectFiles, readProjectFile, root } from '../support/project-files.ts';

const pages = docsPages();

/** The anchors that GitHub makes of the headings of a page; one that comes again gets a number. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = renderPage(markdown).elements.filter(({ name }) => /^h[1-6]$/.test(name));
  return new Set(
    headings.map(({ text }) => {
      const anchor = text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
        .replaceAll(' ', '-');
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}

const anchors = new Map<string, ReadonlySet<string>>();

/** The anchors of a file, which is read once: a long page has hundreds of links into itself. */
function anchorsIn(file: string): ReadonlySet<string> {
  const known = anchors.get(file) ?? anchorsOf(readFileSync(join(root, file), 'utf8'));
  anchors.set(file, known);
  return known;
}

/** The links of a page that lead into the project, with what they lead to. */
function linksOf(path: string, text: string): { href: string; file: string; anchor: string | undefined }[] {
  const hrefs = renderPage(text).elements.flatMap(({ attributes: { href, src } }) => href ?? src ?? []);
  return hrefs
    .filter((href) => !/^[a-z]+:/.test(href))
    .map((href) => {
      const [to = '', anchor] = href.split('#');
      return { href, file: to === '' ? path : normalize(join(dirname(path), to)), anchor };
    });
}

test('each page of docs is named in its index', () => {
  const named = new Set(linksOf('docs/README.md', readProjectFile('docs/README.md')).map(({ file }) => file));
  const inDocs = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/') && path !== 'docs/README.md');
  expect(inDocs.filter((path) => !named.has(path))).toEqual([]);
});

describe('each link leads to a file and an anchor that exist', () => {
  test.each(pages)('$path', ({ path, text }) => {
    const broken = linksOf(path, text).filter(({ file, anchor }) => {
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchorsIn(file).has(anchor);
    });
    expect(broken.map(({ href }) => href)).toEqual([]);
  });
});

test('a page of docs that src or the schema names exists', () => {
  const files = projectFiles().filter((file) => /^(src|schema|templates)\//.test(file) && existsSync(join(root, file)));
  const named = files.flatMap((file) => readProjectFile(file).match(/\bdocs\/[\w/-]+\.md\b/g) ?? []);
  const own = named.filter((path) => !/^docs\/(spec|attestations|configuration)\b/.test(path));
  expect(own.length).toBeGreaterThan(0);
  expect(own.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('each JSON shape of the code is described in docs/json.md, and no other', () => {
  const sources = projectFiles().filter((file) => file.startsWith('src/') && existsSync(join(root, file)));
  const shapes = sources.flatMap((file) =>
    [...readProjectFile(file).matchAll(/schema: '(mirrorlock\/[^']+)'/g)].map(([, shape]) => shape),
  );
  const described = [...readProjectFile('docs/json.md').matchAll(/^## (mirrorlock\/.+)$/gm)].map(([, shape]) => shape);
  expect(described.toSorted()).toEqual([...new Set(shapes)].toSorted());
});

test('each file that CONTRIBUTING names exists', () => {
  const paths = readProjectFile('CONTRIBUTING.md').match(/\b(?:src|test|schema|bench|scripts|docs)\/[\w./-]*\w/g) ?? [];
  expect(paths.length).toBeGreaterThan(10);
  expect([...new Set(paths)].filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('CONTRIBUTING lists the stages in the order that the layering has', () => {
  const [stages = ''] = readProjectFile('CONTRIBUTING.md').split('\n## Follow one apply\n');
  const rows = [...stages.matchAll(/^\| `(\w+)` \|/gm)].map(([, stage]) => stage);
  const layers = /const layers = \[([^\]]+)\]/.exec(readProjectFile('.dependency-cruiser.cjs'))?.[1] ?? '';
  expect(rows).toEqual([...layers.matchAll(/'(\w+)'/g)].map(([, layer]) => layer));
});

test('each promise of the README has a test of its name', () => {
  const [, section = ''] = readProjectFile('README.md').split('\n## Promises\n');
  const numbers = [...(section.split('\n## ')[0] ?? '').matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
  expect(numbers.length).toBeGreaterThan(10);
  const tests = projectFiles().filter((file) => file.endsWith('.test.ts') && existsSync(join(root, file)));
  const text = tests.map(readProjectFile).join('\n');
  expect(numbers.filter((number) => !new RegExp(`['"\`]promise ${number}: `).test(text))).toEqual([]);
});
