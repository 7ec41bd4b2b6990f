import { expect, test } from 'vitest';
import { changesOf } from '../../src/changes/changes.ts';
import { changesSections } from '../../src/changes/markdown.ts';
import { changesText } from '../../src/changes/text.ts';
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

test('none is left out without a word, and what is new stands first', () => {
  const changes = changesOf({ before, after, evidence });
  const own = changesSections(changes).filter(({ name }) => name === 'vulnerabilities');
  const shown = own.flatMap(({ content }) => [...content.matchAll(/^- `(i\d\d):1`/gm)].map(([, name]) => name));
  expect(shown).toEqual(wanted);
  expect(own.map(({ isEssential }) => isEssential)).toEqual([true, false, false]);
  const [, text = ''] = changesText(changes).split('Vulnerabilities');
  expect([...text.matchAll(/`(i\d\d):1`/g)].map(([, name]) => name)).toEqual(wanted);
});
