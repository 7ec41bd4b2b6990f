import { describe, expect, test } from 'vitest';
import { isMap, parseDocument } from 'yaml';
import { parseConfig } from '../../src/config/parse.ts';
import { docsBlocks, docsPages } from '../support/docs.ts';
import { readProjectFile } from '../support/project-files.ts';

/** What a block of YAML is where it is no part of mirrors.yaml, as the word behind `yaml` on its fence says. */
const otherKinds = ['lockfile', 'gitlab', 'workflow'];

/** What a part of mirrors.yaml is tried with, where it does not say it itself. */
const base = {
  version: 'version: 1',
  destinations: 'destinations: [{name: main, registry: registry.example.com, namespace: library}]',
  images: 'images: {include: [alpine]}',
};

const keys = Object.keys(JSON.parse(readProjectFile('schema/mirrors.schema.json')).properties);
const pages = docsPages().filter(
  ({ path }) => !path.startsWith('docs/decisions/') && !path.startsWith('docs/reference/'),
);

/** A whole mirrors.yaml that holds a part of one. @throws UserError of what the configuration refuses */
function tryPart(part: string): void {
  const { contents } = parseDocument(part);
  const own = isMap(contents) ? contents.items.map(({ key }) => String(key)) : [];
  const missing = Object.entries({ ...base, ...logins(part) }).filter(([key]) => !own.includes(key));
  const text = [...missing.map(([, line]) => line), part].join('\n');
  parseConfig(text, { file: 'mirrors.yaml', env: {} });
}

/** A login counts at a registry of the configuration only: a part that names logins is tried with destinations there. */
function logins(part: string): Record<string, string> {
  const hosts = [...part.matchAll(/\{\s*registry: ([\w.-]+), (?:username|password)/g)].map(([, host]) => host);
  const own = hosts.filter((host) => host !== 'docker.io');
  if (own.length === 0) return {};
  const places = own.map((host, index) => `{name: d${index}, registry: ${host}, namespace: library}`);
  return { destinations: `destinations: [${places.join(', ')}]` };
}

describe('each part of mirrors.yaml in the docs is valid', () => {
  const blocks = pages.flatMap(docsBlocks).filter(({ language, words }) => language === 'yaml' && words === '');

  test('they have been found', () => {
    expect(blocks.length).toBeGreaterThan(15);
  });

  test.each(blocks)('$path:$line', ({ text }) => {
    const indent = /^ */.exec(text)?.[0] ?? '';
    expect(() => tryPart(text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))).not.toThrow();
  });

  const inline = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/`([a-z]\w*: [{[][^`]*)`/g)].map(([, part = '']) => ({
      path,
      part: part.replaceAll(/\s+/g, ' '),
    })),
  );

  test.each(inline.filter(({ part }) => keys.includes(part.split(':')[0] ?? '')))('$path: $part', ({ part }) => {
    expect(() => tryPart(part)).not.toThrow();
  });
});

test('a part that the configuration refuses is found', () => {
  expect(() => tryPart('policy: {dropped: burn}')).toThrow();
  expect(() => tryPart('nonsense: 1')).toThrow();
});

test('a block of YAML that is something else says what', () => {
  const words = pages
    .flatMap(docsBlocks)
    .filter(({ language }) => language === 'yaml')
    .map((block) => block.words);
  expect([...new Set(words)].filter((word) => word !== '' && !otherKinds.includes(word))).toEqual([]);
});
