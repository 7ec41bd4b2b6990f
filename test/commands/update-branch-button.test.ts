import { beforeEach, describe, expect, it } from 'vitest';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

const branch = 'refs/heads/mirrorlock/update';

describe('A1: what the forge does to the branch by its buttons is nobody’s edit', () => {
  let all: ForgeWorld;
  const tip = () => all.repository.git.find(branch);
  const rebuild = (...rebuilt: string[]) => publish(all.world.upstream, all.world.source, { rebuilt });
  const update = () => all.json(['update']);

  beforeEach(async () => {
    all = await onGitHub(await setWorld({ images: everything, library: tinyLibrary }), botRights);
    await all.commit('Begin');
    await update();
    await all.repository.commit('alice', 'main', { 'README.md': 'Ours' });
  });

  it.each(['merge', 'rebase'] as const)('a branch updated by %s and squash-merged is spent', async (method) => {
    await all.repository.updateBranch(1, 'alice', method);
    await all.repository.merge(1, 'alice', 'squash');
    rebuild('alpine');
    expect(await update()).toMatchObject({ written: true, pullRequest: { number: 2 } });
    expect(await all.repository.git.commits(`refs/heads/main..${branch}`)).toHaveLength(1);
  });

  it.each(['merge', 'rebase'] as const)('a branch updated by %s is left alone while it is current', async (method) => {
    const updated = await all.repository.updateBranch(1, 'alice', method);
    const decision = 'a change and an open PR whose content equals';
    expect(await update()).toMatchObject({ decision, written: false });
    expect(await tip()).toBe(updated);
  });

  it.each(['merge', 'rebase'] as const)(
    'a branch updated by %s is updated where its content differs',
    async (method) => {
      await all.repository.updateBranch(1, 'alice', method);
      rebuild('alpine');
      expect(await update()).toMatchObject({
        decision: 'a change and an open PR whose content differs',
        written: true,
      });
      expect(await all.repository.git.commits(`refs/heads/main..${branch}`)).toHaveLength(1);
    },
  );

  it('what people pushed before a squash merge is spent too, and the branch is deleted where nothing changes', async () => {
    await all.repository.commit('alice', 'mirrorlock/update', { 'note.txt': 'mine' });
    await all.repository.merge(1, 'alice', 'squash');
    expect(await update()).toMatchObject({ decision: 'no change, and a branch without a PR' });
    expect(await tip()).toBeUndefined();
  });

  it.each([
    [
      'a merge of the base whose tree is not git’s',
      async () => {
        const { git } = all.repository;
        const [ours, main] = [await git.find(branch), await git.find('refs/heads/main')];
        const edited = await git.commit('aside', { 'note.txt': 'mine' }, 'x', {
          name: 'a',
          email: 'a@b',
          date: '2026-01-01T00:00:00Z',
        });
        const tree = `${edited}^{tree}`;
        const merged = await git.run(
          '-c',
          'user.name=a',
          '-c',
          'user.email=a@b',
          'commit-tree',
          tree,
          '-p',
          `${ours}`,
          '-p',
          `${main}`,
          '-m',
          'Merge',
        );
        await git.run('update-ref', branch, merged);
      },
    ],
    [
      'a commit of the bot that a person amended',
      async () => {
        const { git } = all.repository;
        await git.commit('mirrorlock/update', { 'note.txt': 'mine' }, 'x', {
          name: 'a',
          email: 'a@b',
          date: '2026-01-01T00:00:00Z',
        });
        const [message, parent] = [
          await git.run('log', '-1', '--format=%B', `${branch}~1`),
          await git.run('rev-parse', `${branch}~2`),
        ];
        const bot = [
          '-c',
          'user.name=mirrorlock',
          '-c',
          'author.email=mirrorlock@localhost',
          '-c',
          'committer.email=a@b',
        ];
        const amended = await git.run(...bot, 'commit-tree', `${branch}^{tree}`, '-p', parent, '-m', message);
        await git.run('update-ref', branch, amended);
      },
    ],
    [
      'a commit on top of a merged branch',
      async () => {
        await all.repository.merge(1, 'alice', 'squash');
        await all.repository.commit('alice', 'mirrorlock/update', { 'note.txt': 'mine' });
      },
    ],
  ])('but %s is an edit, and is never overwritten', async (_, edit) => {
    await edit();
    const theirs = await tip();
    rebuild('alpine');
    expect(await update()).toMatchObject({ decision: expect.stringMatching(/^a person pushed commits/) });
    expect(await tip()).toBe(theirs);
  });
});
