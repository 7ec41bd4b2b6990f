import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { retryTable } from '../../src/registry/error-kinds.ts';
import { docsPages } from '../support/docs.ts';
import { projectFiles, readProjectFile, root } from '../support/project-files.ts';

/** The pages that people read to act on a code. */
const pages = docsPages().filter(({ path }) => path.startsWith('docs/how-to/'));

/** What a code begins with: a stage or a subject that has codes in src. */
const subjects = new Set<string>();
const known = new Set(Object.keys(retryTable).map((kind) => `registry/${kind}`));
const sources = projectFiles().filter((file) => file.startsWith('src/') && existsSync(join(root, file)));
for (const text of sources.map(readProjectFile)) {
  for (const [, code = ''] of text.matchAll(/['"`]([a-z]+\/[a-z][a-z-]+)['"`]/g)) known.add(code);
  // A file that puts codes together has their second parts as words.
  for (const [, subject = ''] of text.matchAll(/code: `([a-z]+)\/\$\{/g)) {
    for (const [, word = ''] of text.matchAll(/'([a-z][a-z-]+)'/g)) known.add(`${subject}/${word}`);
  }
}
// Codes of a forge are made of kinds, as those of a registry are.
for (const [, kind = ''] of readProjectFile('src/forge/errors.ts').matchAll(/^\s+'?([a-z][a-z-]+)'?:/gm)) {
  known.add(`forge/${kind}`);
}
for (const code of known) subjects.add(code.split('/')[0] ?? '');

const named = pages.flatMap(({ path, text }) =>
  [...text.matchAll(/`([a-z]+)\/([a-z][a-z-]+)`/g)]
    .filter(([, subject = '']) => subjects.has(subject))
    .map(([, subject, rest]) => ({ path, code: `${subject}/${rest}` })),
);

test('each code that a how-to names is one that the tool has', () => {
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter(({ code }) => !known.has(code))).toEqual([]);
});

test('a code that nothing has is found', () => {
  expect(known.has('registry/no-such-kind')).toBe(false);
  expect(known.has('registry/denied') && known.has('forge/unauthorized') && known.has('apply/gone')).toBe(true);
});

test('the page for the night has what ends a run at a registry', () => {
  const [night] = pages.filter(({ path }) => path === 'docs/how-to/at-3-am.md');
  const absent = Object.keys(retryTable).filter((kind) => !night?.text.includes(`registry/${kind}`));
  // Each of these is a fault of what answers, which its hint explains; there is nothing else to do at night.
  const left = [
    'not-found',
    'upload',
    'bad-answer',
    'media-type',
    'no-digest',
    'too-large',
    'refused',
    'redirect',
    'unsafe-auth',
  ];
  expect(absent).toEqual(left);
});
