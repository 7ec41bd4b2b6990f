import { expect, test } from 'vitest';
import { scene } from './support.ts';

test('a proposal is opened, found, edited and closed', async () => {
  const { forge, repository, github } = await scene();
  await repository.commit('mirrorlock[bot]', 'mirrorlock/update', { 'mirrors.lock.yaml': 'version: 1\n' }, 'Lock');
  const opened = await forge.openProposal({
    head: 'mirrorlock/update',
    base: 'main',
    title: 'Update',
    body: 'Text',
    isDraft: false,
  });
  expect(opened).toMatchObject({ number: 1, state: 'open', title: 'Update', body: 'Text', base: 'main', labels: [] });
  const { items, complete } = await forge.findProposals({ head: 'mirrorlock/update', state: 'open' });
  expect({ numbers: items.map(({ number }) => number), complete }).toEqual({ numbers: [1], complete: true });
  await forge.editProposal(1, { title: 'Other', body: 'More' });
  expect(await forge.readProposal(1)).toMatchObject({ title: 'Other', body: 'More', hasConflict: false });
  expect(await forge.closeProposal(1)).toMatchObject({ state: 'closed' });
  expect(await forge.closedBy(1)).toEqual({ name: 'mirrorlock[bot]', isBot: true });
  expect(await forge.readProposal(9)).toBeUndefined();
  expect(await forge.branchTip('mirrorlock/update')).toBe(opened.head.commit);
  expect(await forge.branchTip('no')).toBeUndefined();
  expect(await forge.compare('main', 'mirrorlock/update')).toMatchObject({ ahead: 1, behind: 0 });
  expect(await forge.listCommits(1)).toMatchObject({
    complete: true,
    items: [{ message: 'Lock', author: { account: 'mirrorlock[bot]' } }],
  });
  expect(github.violations).toEqual([]);
});
