import { describe, expect, it } from 'vitest';
import { marker } from '../../src/forge/hidden-markers.ts';
import type { Proposal } from '../../src/forge/types.ts';
import { decide, decisionTable } from '../../src/update/table.ts';
import {
  type Change,
  contentKey,
  overwriteBox,
  overwriteLabel,
  type Situation,
  wordsKey,
} from '../../src/update/types.ts';

const change: Change = { files: new Map([['a', 'b']]), content: 'c1', title: 't', body: 'b', words: 'w1' };
const person = { commit: 'p', parents: ['x'], authorEmail: 'a@b', committerEmail: 'a@b', subject: 's' };
const ownBranch = { name: 'mirrorlock/update', tip: 'x', foreign: [], isCurrent: true };
const oldBranch = { name: 'mirrorlock/update', tip: 'x', foreign: [], isCurrent: false };
const theirBranch = { name: 'mirrorlock/update', tip: 'p', foreign: [person], isCurrent: false };

function proposal(number: number, more: Partial<Proposal> = {}): Proposal {
  return {
    ...{ number, url: `https://forge/${number}`, title: 't', state: 'open', isDraft: false, base: 'main' },
    body: `b\n${marker(contentKey('c1'))}\n${marker(wordsKey('w1'))}`,
    head: { branch: 'mirrorlock/update', commit: 'x' },
    ...{ labels: [], reviewers: [], assignees: [], autoMerge: false, createdAt: '2026-01-01T00:00:00Z' },
    ...more,
  };
}

const nothing: Situation = {
  ...{ change: undefined, branch: undefined, open: [], declined: undefined, left: [], mayOverwrite: false },
};
const changed: Situation = { ...nothing, change };

/** A situation for each row, and what is done in it. */
const rows: Readonly<Record<string, readonly [Situation, readonly string[]]>> = {
  'a person pushed commits to the branch, and nothing changes': [
    { ...nothing, branch: theirBranch, open: [proposal(1)] },
    ['comment 1'],
  ],
  'a person pushed commits to the branch, and there is no PR': [{ ...changed, branch: theirBranch }, ['issue']],
  'a person pushed commits to the branch': [{ ...changed, branch: theirBranch, open: [proposal(1)] }, ['comment 1']],
  'only workflow files change, and the token may not push them': [
    { ...nothing, left: ['.github/workflows/a.yml'], branch: oldBranch, open: [proposal(1)] },
    ['close 1', 'delete-branch', 'issue'],
  ],
  'no change and no PR': [nothing, []],
  'no change, and a branch without a PR': [{ ...nothing, branch: oldBranch }, ['delete-branch']],
  'no change and an open PR': [{ ...nothing, branch: oldBranch, open: [proposal(1)] }, ['close 1', 'delete-branch']],
  'a person closed the PR for this very content': [
    { ...changed, branch: ownBranch, declined: proposal(1) },
    ['comment 1'],
  ],
  'a change and no PR': [changed, ['push', 'open']],
  'a change, and its branch without a PR': [{ ...changed, branch: ownBranch }, ['open']],
  'a change, and an old branch without a PR': [{ ...changed, branch: oldBranch }, ['push', 'open']],
  'a person pushed commits to the branch, and lets the bot go on': [
    { ...changed, branch: theirBranch, open: [proposal(1)], mayOverwrite: true },
    ['push', 'edit 1'],
  ],
  'a change and an open PR whose content equals': [{ ...changed, branch: ownBranch, open: [proposal(1)] }, []],
  'an open PR whose content equals and whose text does not': [
    { ...changed, branch: ownBranch, open: [proposal(1, { body: 'written by a person' })] },
    ['edit 1'],
  ],
  'an open PR that conflicts with the base': [
    { ...changed, branch: ownBranch, open: [proposal(1, { hasConflict: true })] },
    ['push', 'edit 1'],
  ],
  'a change and an open PR whose content differs': [
    { ...changed, branch: oldBranch, open: [proposal(1)] },
    ['push', 'edit 1'],
  ],
};

const done = (situation: Situation) =>
  decide(situation).steps.map((step) => ('number' in step ? `${step.do} ${step.number}` : step.do));

describe('the decision table', () => {
  it('has a test for each row', () => {
    expect(Object.keys(rows)).toEqual(decisionTable.map(({ row }) => row));
  });

  it.each(Object.entries(rows))('%s', (row, [situation, steps]) => {
    expect(decide(situation).row).toBe(row);
    expect(done(situation)).toEqual(steps);
  });

  it('A3: each row names its sign, and one that does nothing else has a comment, an issue or its pull request', () => {
    const signs = decisionTable.map(({ row, sign }) => [sign, done(rows[row]?.[0] ?? nothing)] as const);
    for (const [sign, steps] of signs) {
      const kinds = steps.map((step) => step.split(' ')[0]);
      expect(kinds.includes('comment')).toBe(sign === 'a comment');
      expect(kinds.includes('issue')).toBe(sign === 'an issue');
      expect(kinds.length > 0).toBe(sign !== 'nothing waits' && sign !== 'the pull request');
    }
  });

  it('A3: says again that somebody pushed where it begins anew', () => {
    const keyOf = (commit: string) =>
      decide({ ...changed, branch: { ...theirBranch, foreign: [{ ...person, commit }] } }).steps.map((step) => ({
        ...step,
      }));
    expect(keyOf('p1')).toMatchObject([{ key: 'foreign-commits:p1' }]);
    expect(keyOf('p2')).toMatchObject([{ key: 'foreign-commits:p2' }]);
  });

  it('closes the second of two PRs, whatever becomes of the first', () => {
    const open = [proposal(1), proposal(2)];
    expect(done({ ...changed, branch: ownBranch, open })).toEqual(['close 2']);
    expect(done({ ...changed, branch: oldBranch, open })).toEqual(['push', 'edit 1', 'close 2']);
    expect(done({ ...nothing, branch: oldBranch, open })).toEqual(['close 1', 'close 2', 'delete-branch']);
  });

  it('never pushes or deletes where a person pushed and nobody allowed to overwrite it', () => {
    for (const one of [undefined, change])
      for (const open of [[], [proposal(1)], [proposal(1), proposal(2)], [proposal(1, { hasConflict: true })]])
        for (const isCurrent of [true, false]) {
          const branch = { ...theirBranch, isCurrent };
          const steps = done({ ...nothing, change: one, branch, open });
          expect(steps.filter((step) => /push|delete|edit/.test(step))).toEqual([]);
        }
  });

  it('says something else in each row', () => {
    const said = Object.values(rows).map(([situation]) => decide(situation).says);
    for (const text of said) expect(text).toMatch(/^[A-Z].+\.$/);
    expect(new Set(said).size).toBe(said.length);
  });

  it('goes by an open PR where its branch is gone', () => {
    expect(done({ ...nothing, open: [proposal(1)] })).toEqual(['close 1']);
    expect(done({ ...changed, open: [proposal(1)] })).toEqual(['push', 'edit 1']);
    expect(done({ ...changed, branch: oldBranch, open: [proposal(1)], declined: proposal(2) })).toEqual([
      'push',
      'edit 1',
    ]);
  });

  it('tells in each PR that it closes or leaves why it does', () => {
    const told = (situation: Situation) =>
      decide(situation).steps.flatMap((step) => ('text' in step ? [[step.key, step.text]] : []));
    expect(told({ ...nothing, open: [proposal(1)] })).toEqual([
      ['nothing-to-do', expect.stringMatching(/^[A-Z].+\.$/)],
    ]);
    expect(told({ ...changed, branch: ownBranch, open: [proposal(1), proposal(2)] })).toEqual([
      ['second', expect.stringContaining('https://forge/1')],
    ]);
    const [[key, text] = []] = told({ ...changed, branch: theirBranch, open: [proposal(1)] });
    expect(key).toBe('foreign-commits:p');
    expect(text?.split('\n\n')).toEqual([
      expect.stringMatching(/^[A-Z].+\.$/),
      expect.stringContaining(overwriteLabel),
    ]);
    expect(text).toContain(overwriteBox);
  });

  it('opens a PR for a content that is new, though a person closed another', () => {
    expect(done({ ...changed, branch: oldBranch, declined: undefined })).toEqual(['push', 'open']);
  });
});
