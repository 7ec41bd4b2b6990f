import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { HistoryBuilder } from '../../src/catalog/history.ts';
import { readReports } from '../../src/catalog/reports.ts';
import { catalogFiles } from '../../src/catalog/site.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import { hostileText } from '../support/hostile-text.ts';
import { digest, locked, lockedImage, lockfile } from '../support/lockfiles.ts';

const { destinations } = parseConfig(
  'version: 1\ndestinations: [{name: main, registry: r.example.com, namespace: a}]\nimages: {include: ["*"]}\n',
  { file: 'mirrors.yaml', env: {} },
);
const lockfiles = [
  lockfile(lockedImage('debian', locked('a', '12'))),
  lockfile(lockedImage('debian', locked('b', '12 bookworm'))),
];
/** Such as XML takes nowhere, not even escaped. */
const strange = fc.constantFrom(
  '\u0000',
  '\u0008',
  '\ufffe',
  '\uffff',
  '\ud800',
  '\udc00',
  ']]>',
  '<![CDATA[',
  '&',
  '"',
  "'",
  '\u001b[31m',
  '\u202e',
);
const anyText = fc.oneof(
  hostileText,
  fc.string({ unit: 'binary' }),
  fc.array(fc.oneof(strange, hostileText)).map((all) => all.join('')),
);

interface Texts {
  readonly subject: string;
  readonly why: string;
  readonly link: string;
  readonly platform: string;
  readonly name: string;
}

const texts = fc.record<Texts>({
  ...{ subject: anyText, why: anyText, platform: anyText, name: anyText },
  link: fc.oneof(
    anyText,
    anyText.map((text) => `https://${text}`),
    fc.constant('javascript:alert(1)'),
  ),
});

function siteOf({ subject, why, link, platform, name }: Texts): Map<string, string> {
  const builder = new HistoryBuilder();
  for (const [index, one] of lockfiles.entries()) {
    builder.addText({ commit: `${index}`.repeat(40), time: index * 86_400, subject }, formatLockfile(one));
    const change = builder.lastChange();
    if (change !== undefined) builder.explain(change, () => ({ text: why, link }));
  }
  const report = {
    schema: 'mirrorlock/verify/v1',
    destinations: [{ name, drift: [{ kind: 'missing', image: 'debian', tag: '12' }] }],
  };
  return catalogFiles(
    {
      lockfile: lockfiles[1] ?? lockfile(),
      destinations,
      history: builder.history(false),
      reports: readReports([], [{ file: 'verify.json', text: JSON.stringify(report) }]),
      kept: new Map([[digest('b'), { platforms: [platform], built: '2026-01-01', sizes: new Map([[platform, 1]]) }]]),
    },
    { script: '', style: '' },
  );
}

/** The elements of a page, with their attributes, as a browser reads it; throws for what is not well-formed. */
function elementsOf(text: string): string[] {
  const found: string[] = [];
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node) found.push(`${node.tagName} ${node.attrs.map(({ name }) => name).join(' ')}`);
    if ('childNodes' in node) node.childNodes.forEach(visit);
  };
  visit(parse(text));
  return found;
}

/** The elements of XML and the text in each; throws where a strict parser does. */
function xmlOf(text: string): string[] {
  const found: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => found.push(name));
  parser.write(text).close();
  return found;
}

const harmless = siteOf({
  subject: 'Update',
  why: 'it changed',
  link: 'https://example.com/',
  platform: 'linux/amd64',
  name: 'other',
});
const filesOf = (site: ReadonlyMap<string, string>, ending: string) =>
  [...site].filter(([path]) => path.endsWith(ending));

describe('texts of others, whatever they are', () => {
  test('are text in a page, and add no element and no attribute', () => {
    const expected = new Map(filesOf(harmless, '.html').map(([path, text]) => [path, elementsOf(text)]));
    fc.assert(
      fc.property(texts, (some) => {
        for (const [path, text] of filesOf(siteOf(some), '.html')) {
          expect(elementsOf(text), path).toEqual(expected.get(path));
          expect(text, path).not.toMatch(/[\p{Cs}\u0000-\u0008\u001b\u202e\ufffe\uffff]/u);
        }
      }),
    );
  });

  test('are text in a feed, which a strict parser of XML takes', () => {
    const expected = xmlOf(filesOf(harmless, '.xml')[0]?.[1] ?? '');
    fc.assert(
      fc.property(texts, (some) => {
        for (const [path, text] of filesOf(siteOf(some), '.xml')) expect(xmlOf(text), path).toEqual(expected);
      }),
    );
  });

  test('are text in the HTML that a feed holds, where nothing runs and every link is one by https', () => {
    fc.assert(
      fc.property(texts, (some) => {
        for (const [, text] of filesOf(siteOf(some), '.xml')) {
          for (const [, content = ''] of text.matchAll(/<content type="html"><!\[CDATA\[([\s\S]*?)\]\]><\/content>/g)) {
            const elements = elementsOf(content.replaceAll(']]]]><![CDATA[>', ']]>'));
            expect(elements.filter((one) => !/^(?:html|head|body|ul|li) $|^a href$/.test(one))).toEqual([]);
          }
        }
      }),
    );
  });

  test('are data in a script, which is one call', () => {
    fc.assert(
      fc.property(texts, (some) => {
        for (const [path, text] of filesOf(siteOf(some), '.js').filter(([name]) => name.startsWith('history/'))) {
          const [, json = ''] = /^\(window\.mirrorlock\?\?=\[\]\)\.push\((.*)\);\n$/.exec(text) ?? [];
          expect(JSON.parse(json)[0], path).toBe('history');
          expect(text).not.toMatch(/<|\u2028|\u2029/);
        }
      }),
    );
  });
});

test('a reason that is nothing but invisible is none, and has no empty link', () => {
  const site = siteOf({ subject: '', why: '\u200b\ufffe', link: 'https://example.com/', platform: 'a', name: 'b' });
  expect(site.get('feed/debian.xml')).toContain('<a href="https://example.com/">upstream changed it</a>');
});

test('links that are not by https are nowhere in a site', () => {
  for (const link of ['javascript:alert(1)', 'http://example.com/', '//example.com', 'data:text/html,x'])
    for (const [path, text] of siteOf({ subject: '', why: 'it changed', link, platform: 'a', name: 'b' }))
      expect(text, path).not.toContain(link);
});
