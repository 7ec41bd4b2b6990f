import { expect, test } from 'vitest';
import { changesOf } from '../../src/changes/changes.ts';
import { imageNotes } from '../../src/changes/diff-markdown.ts';
import { changesSections } from '../../src/changes/markdown.ts';
import { changesText } from '../../src/changes/text.ts';
import { parseTag } from '../../src/core/names.ts';
import { diffLockfiles } from '../../src/diff/diff.ts';
import type { Evidence, VulnerabilitiesOf } from '../../src/evidence/types.ts';
import { locked, lockedImage, lockfile } from '../support/lockfiles.ts';

const numbers = Array.from({ length: 30 }, (_, index) => `i${String(index).padStart(2, '0')}`);
const at = (build: string) => lockfile(...numbers.map((name) => lockedImage(name, locked(`${name} ${build}`, '1'))));
const [before, after] = [at('one'), at('two')];

/** The last image has new vulnerabilities, the one before it is not known, and of the third from the end one is gone. */
function foundOf(name: string): VulnerabilitiesOf['found'] {
  const problem = { code: 'osv/slow', severity: 'warning' as const, message: 'OSV did not answer in time.' };
  if (name === 'i28') return { state: 'unanswered', problem, verdict: 'neutral' };
  const flaw = (id: string) => ({
    ...{ id, ids: [id], severity: 'critical' as const, link: `https://osv.dev/vulnerability/${id}`, summary: '' },
    packages: ['openssl'],
  });
  return {
    ...{ state: 'answered', notCompared: [], verdict: 'green' },
    fresh: name === 'i29' ? [flaw('CVE-2026-1')] : [],
    gone: name === 'i27' ? [flaw('CVE-2025-1')] : [],
  };
}

const vulnerabilities = after.images.map(({ image, entries }): VulnerabilitiesOf => {
  const [group] = entries;
  if (group === undefined || !('digest' in group)) throw new Error('it has one group');
  return { image, to: group.digest, tags: group.tags, found: foundOf(image) };
});
const evidence: Evidence = {
  ...{ groups: [], commits: new Map(), cost: { pulls: 0, allowed: 0 }, unread: [], problems: [], vulnerabilities },
};
const wanted = [...['i29', 'i28', 'i27'], ...numbers.slice(0, 27)];

test('no group with vulnerabilities is left out without a word, and what is new stands first', () => {
  const changes = changesOf({ before, after, evidence });
  const own = changesSections(changes).filter(({ name }) => name === 'vulnerabilities');
  const shown = own.flatMap(({ content }) => [...content.matchAll(/^- `(i\d\d):1`/gm)].map(([, name]) => name));
  expect(shown).toEqual(wanted);
  expect(own.map(({ isEssential }) => isEssential)).toEqual([true, false, false]);
  const [, text = ''] = changesText(changes).split('Vulnerabilities');
  expect([...text.matchAll(/`(i\d\d):1`/g)].map(([, name]) => name)).toEqual(wanted);
});

test('tags that wait are counted where not all are shown', () => {
  const [image] = diffLockfiles(before, after).images;
  if (image === undefined) throw new Error('there is one');
  const [{ to: digest } = { to: undefined }] = image.rebuilt;
  if (digest === undefined) throw new Error('it was rebuilt');
  const awaiting = ['1.1', '1.2', '1.3'].map((tag) => ({ tag: parseTag(tag), digest, until: parseTag('1.4') }));
  const lines = (most?: number) => String(imageNotes({ ...image, awaiting }, most)).split('\n');
  expect(lines(2)).toEqual([
    '- `1.1` stays until `1.4` is published',
    '- `1.2` stays until `1.4` is published',
    '- 1 more, until what follows is published',
  ]);
  expect(lines()).toHaveLength(3);
});
