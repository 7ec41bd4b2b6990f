import { expect, test } from 'vitest';
import { setProposalMetadata } from '../../src/forge/proposal-metadata.ts';
import type { Pull } from '../support/github/state.ts';
import { type Scene, scene } from './support.ts';

const nothing = { labels: [], reviewers: [], assignees: [] };

async function withProposal(settings = {}): Promise<Scene & { pull: () => Pull }> {
  const all = await scene({
    repository: { settings: { collaborators: ['acme', 'alice', 'bob'], teams: ['ops'], ...settings } },
  });
  await all.repository.commit('mirrorlock[bot]', 'update', { a: 'a\n' });
  await all.forge.openProposal({ head: 'update', base: 'main', title: 'Update', body: '', isDraft: false });
  return {
    ...all,
    pull() {
      const [pull] = all.repository.pulls();
      if (pull === undefined) throw new Error('no pull request');
      return pull;
    },
  };
}

async function dress({ forge }: Scene, wanted: Partial<Parameters<typeof setProposalMetadata>[2]>) {
  const proposal = await forge.readProposal(1);
  if (proposal === undefined) throw new Error('no proposal');
  return setProposalMetadata(forge, proposal, { ...nothing, ...wanted });
}

test('labels, reviewers, teams, assignees and auto-merge are put on, once', async () => {
  const all = await withProposal();
  const wanted = {
    labels: ['mirror', 'bot'],
    reviewers: ['alice', '@ops'],
    assignees: ['bob'],
    autoMerge: 'squash' as const,
  };
  expect(await dress(all, wanted)).toEqual([]);
  expect(await all.forge.readProposal(1)).toMatchObject({
    labels: ['mirror', 'bot'],
    reviewers: ['alice', '@ops'],
    assignees: ['bob'],
    autoMerge: true,
  });
  expect(all.pull().autoMerge).toMatchObject({ method: 'squash' });
  const { writes } = all.forge.counts;
  expect(await dress(all, wanted)).toEqual([]);
  expect(all.forge.counts.writes).toBe(writes);
});

test('what people added stays', async () => {
  const all = await withProposal();
  all.repository.label(1, 'important');
  await dress(all, { labels: ['mirror'] });
  expect(all.pull().labels).toEqual(['important', 'mirror']);
});

test('what the forge refuses is a warning that names it, and the rest is done', async () => {
  const all = await withProposal({ allowsAutoMerge: false });
  const wanted = {
    labels: ['mirror'],
    reviewers: ['stranger'],
    assignees: ['bob', 'ghost'],
    autoMerge: 'merge' as const,
  };
  const problems = await dress(all, wanted);
  expect(problems.map(({ code, severity, value }) => ({ code, severity, value }))).toEqual([
    { code: 'forge/reviewers', severity: 'warning', value: 'stranger' },
    { code: 'forge/assignees', severity: 'warning', value: 'ghost' },
    { code: 'forge/auto-merge', severity: 'warning', value: 'merge' },
  ]);
  expect(problems[2]?.hint).toContain('Auto merge is not allowed for this repository');
  expect(all.pull()).toMatchObject({ labels: ['mirror'], assignees: [{ login: 'bob' }], autoMerge: null });
});

test('a forge that is away is no warning', async () => {
  const all = await withProposal();
  all.github.inject({ on: /labels$/, answer: 'drop' });
  await expect(dress(all, { labels: ['mirror'] })).rejects.toMatchObject({ kind: 'network' });
});

test('auto-merge is refused for a draft, and is switched on and off by one write each', async () => {
  const all = await withProposal();
  all.pull().isDraft = true;
  await expect(all.forge.setAutoMerge(1, 'merge')).rejects.toMatchObject({ kind: 'validation' });
  all.pull().isDraft = false;
  const { writes } = all.forge.counts;
  await all.forge.setAutoMerge(1, 'rebase');
  expect(all.forge.counts.writes).toBe(writes + 1);
  expect(all.pull()).toMatchObject({ isDraft: false, autoMerge: { method: 'rebase' } });
  await all.forge.setAutoMerge(1, undefined);
  expect(all.pull().autoMerge).toBeNull();
});

test('GraphQL’s refusal for want of a right names the right', async () => {
  const all = await withProposal();
  all.github.addToken('ghs_reader', { login: 'reader[bot]', kind: 'app', permissions: { pull_requests: 'read' } });
  await expect(all.open('ghs_reader').setAutoMerge(1, 'merge')).rejects.toMatchObject({
    kind: 'missing-permission',
    details: { rights: ['pull requests: write'] },
  });
});
