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

  /** Merges into main what the bot's pull request changes, in part: the lockfile and the file of one image. */
  async function mergePart(image: string, edit: (lockfile: string) => string): Promise<void> {
    const { git } = all.repository;
    const own = (await git.read(branch, 'mirrors.lock.yaml')) ?? '';
    const sync = (await git.read(branch, `sync/${image}.yaml`)) ?? '';
    await all.repository.commit('alice', 'main', { 'mirrors.lock.yaml': edit(own), [`sync/${image}.yaml`]: sync });
  }

  /** A pull request that changes both images, after the first is merged. */
  async function changeBoth(): Promise<{ before: string }> {
    await all.repository.merge(1, 'alice', 'squash');
    const before = (await all.repository.git.read('main', 'mirrors.lock.yaml')) ?? '';
    rebuild('alpine', 'busybox');
    await update();
    return { before };
  }
  const digestsIn = (text: string) => [...new Set(text.match(/sha256:[0-9a-f]{64}/g) ?? [])];
  /** The digest of the last image that one text has and the other has not. */
  const lastOf = (text: string, other: string) => digestsIn(text).findLast((digest) => !other.includes(digest)) ?? '';

  it.each([
    [
      'a part of the same change',
      (before: string, own: string) => {
        const [old, fresh] = [lastOf(before, own), lastOf(own, before)];
        return before.replaceAll(old, fresh);
      },
    ],
    ['a line elsewhere in it', (before: string) => before.replace(/\n/, '\n# Reviewed by alice.\n')],
  ])('a branch rebased over a base that changed the lockfile too is nobody’s edit: %s', async (_, edit) => {
    const { before } = await changeBoth();
    const own = (await all.repository.git.read(branch, 'mirrors.lock.yaml')) ?? '';
    expect(edit(before, own)).not.toBe(before);
    await mergePart('busybox', () => edit(before, own));
    await all.repository.updateBranch(2, 'alice', 'rebase');
    rebuild('alpine');
    expect(await update()).toMatchObject({ written: true, pullRequest: { number: 2 } });
    expect(await all.repository.git.commits(`refs/heads/main..${branch}`)).toHaveLength(1);
  });

  it('but what somebody amended in such a rebase is an edit', async () => {
    const { before } = await changeBoth();
    await all.repository.commit('alice', 'main', { 'mirrors.lock.yaml': before.replace(/\n/, '\n# Reviewed.\n') });
    await all.repository.updateBranch(2, 'alice', 'rebase');
    const { git } = all.repository;
    const text = (await git.read(branch, 'mirrors.lock.yaml')) ?? '';
    const [digest = ''] = digestsIn(text.slice(text.indexOf('images:')));
    const amended = text.replaceAll(digest, `sha256:${'0'.repeat(64)}`);
    await all.repository.commit('alice', 'mirrorlock/update', { 'mirrors.lock.yaml': amended });
    const facts = await git.run('log', '-1', '--format=%an%x00%ae%x00%at%x00%B', `${branch}~1`);
    const [name = '', email = '', time = '', message = ''] = facts.split('\0');
    const who = [
      '-c',
      `author.name=${name}`,
      '-c',
      `author.email=${email}`,
      '-c',
      'committer.name=a',
      '-c',
      'committer.email=a@b',
    ];
    expect(time).toMatch(/^\d+$/);
    const tree = await git.run('rev-parse', `${branch}^{tree}`);
    const theirs = await git.run(...who, 'commit-tree', tree, '-p', `${branch}~2`, '-m', message);
    await git.run('update-ref', branch, theirs);
    rebuild('alpine');
    expect(await update()).toMatchObject({ decision: expect.stringMatching(/^a person pushed commits/) });
    expect(await tip()).toBe(theirs);
  });
});
