import { expect, test } from 'vitest';
import { scene } from './support.ts';

const branch = 'mirrorlock/update';
const proposal = { head: branch, base: 'main', title: 'Update', body: 'Text', isDraft: false };

async function withBranch() {
  const all = await scene();
  const tip = await all.repository.commit('mirrorlock[bot]', branch, { 'mirrors.lock.yaml': 'version: 1\n' }, 'Lock');
  return { ...all, tip };
}

test('a proposal is opened, found, read, edited and closed', async () => {
  const { forge, tip } = await withBranch();
  const opened = await forge.openProposal(proposal);
  expect(opened).toMatchObject({
    number: 1,
    state: 'open',
    title: 'Update',
    body: 'Text',
    base: 'main',
    head: { branch, commit: tip },
    author: { name: 'mirrorlock[bot]', isBot: true },
    isDraft: false,
    autoMerge: false,
    labels: [],
    reviewers: [],
    assignees: [],
  });
  expect(opened.head).not.toHaveProperty('fork');
  const found = await forge.findProposals({ head: branch, state: 'open' });
  expect({ numbers: found.items.map(({ number }) => number), complete: found.complete }).toEqual({
    numbers: [1],
    complete: true,
  });
  await forge.editProposal(1, { title: 'Other' });
  expect(await forge.readProposal(1)).toMatchObject({ title: 'Other', body: 'Text', hasConflict: false });
  expect(await forge.closeProposal(1)).toMatchObject({ state: 'closed' });
  expect((await forge.findProposals({ head: branch, state: 'open' })).items).toEqual([]);
});

test('a proposal that is not there is undefined', async () => {
  const { forge } = await scene();
  expect(await forge.readProposal(1)).toBeUndefined();
});

test('who closed a proposal is told, and nobody where the forge closed it itself', async () => {
  const { forge, repository } = await withBranch();
  await forge.openProposal(proposal);
  repository.close(1, 'alice');
  expect(await forge.closedBy(1)).toEqual({ name: 'alice', isBot: false });
  await forge.openProposal(proposal);
  await repository.git.run('update-ref', '-d', `refs/heads/${branch}`);
  expect(await forge.readProposal(2)).toMatchObject({ state: 'closed' });
  expect(await forge.closedBy(2)).toBeUndefined();
});

test('a second proposal for the same branches exists already', async () => {
  const { forge } = await withBranch();
  await forge.openProposal(proposal);
  await expect(forge.openProposal(proposal)).rejects.toMatchObject({
    kind: 'exists',
    message: expect.stringContaining('A pull request already exists for acme:mirrorlock/update.'),
  });
});

test('a proposal without a change, or from a branch that is not there, is refused', async () => {
  const { forge, repository } = await scene();
  await expect(forge.openProposal(proposal)).rejects.toMatchObject({ kind: 'validation' });
  await repository.git.run('branch', branch, 'main');
  await expect(forge.openProposal(proposal)).rejects.toMatchObject({
    kind: 'validation',
    message: expect.stringContaining(`No commits between main and ${branch}`),
  });
});

test('closed ones are found the newest first, as far as the limit, which is said', async () => {
  const { forge } = await withBranch();
  for (const title of ['One', 'Two', 'Three']) {
    const { number } = await forge.openProposal({ ...proposal, title });
    await forge.closeProposal(number);
  }
  const titles = async (limit?: number) => {
    const query = { head: branch, state: 'closed' as const, ...(limit === undefined ? {} : { limit }) };
    const { items, complete } = await forge.findProposals(query);
    return { titles: items.map(({ title }) => title), complete };
  };
  expect(await titles()).toEqual({ titles: ['Three', 'Two', 'One'], complete: true });
  expect(await titles(2)).toEqual({ titles: ['Three', 'Two'], complete: false });
  expect(await titles(3)).toEqual({ titles: ['Three', 'Two', 'One'], complete: true });
});

test('a pull request from a fork is none of this repository, and is read with the name of the fork', async () => {
  const { forge, repository, github } = await withBranch();
  const fork = await github.addRepository('alice/mirror', { forkOf: 'acme/mirror' });
  await fork.commit('alice', branch, { 'mirrors.yaml': 'version: 1\n' });
  const number = await repository.openFromFork(fork, branch, 'From a fork');
  expect((await forge.findProposals({ head: branch, state: 'all' })).items).toEqual([]);
  expect((await forge.readProposal(number))?.head).toMatchObject({ branch, fork: 'alice/mirror' });
});

test('a proposal follows its branch, and tells a merge and a conflict', async () => {
  const { forge, repository } = await withBranch();
  await forge.openProposal(proposal);
  const tip = await repository.commit('alice', branch, { 'mirrors.lock.yaml': 'version: 2\n' }, 'By hand');
  expect((await forge.readProposal(1))?.head.commit).toBe(tip);
  await repository.commit('alice', 'main', { 'mirrors.lock.yaml': 'version: 3\n' }, 'Elsewhere');
  expect(await forge.readProposal(1)).toMatchObject({ hasConflict: true });
  await repository.commit('alice', branch, { 'mirrors.lock.yaml': null, 'other.yaml': 'x\n' });
  await forge.closeProposal(1);
  await repository.commit('bob', 'bobs', { 'b.txt': 'b\n' });
  await forge.openProposal({ ...proposal, head: 'bobs' });
  await repository.merge(2, 'alice');
  expect(await forge.readProposal(2)).toMatchObject({ state: 'merged' });
});

test('two branches are compared', async () => {
  const { forge, repository, tip } = await withBranch();
  const start = await repository.git.find('main');
  await repository.commit('alice', 'main', { 'a.txt': 'a\n' });
  expect(await forge.compare('main', branch)).toEqual({ ahead: 1, behind: 1, mergeBase: start });
  expect(await forge.compare(tip, tip)).toEqual({ ahead: 0, behind: 0, mergeBase: tip });
  expect(await forge.compare('main', 'no')).toBeUndefined();
});

test('reads and writes are counted', async () => {
  const { forge } = await withBranch();
  await forge.openProposal(proposal);
  await forge.findProposals({ head: branch, state: 'open' });
  await forge.editProposal(1, { body: 'Other' });
  expect(forge.counts).toEqual({ reads: 1, writes: 2 });
});
