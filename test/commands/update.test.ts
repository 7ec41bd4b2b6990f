import { beforeAll, describe, expect } from 'vitest';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

const branch = 'refs/heads/mirrorlock/update';

/** Each step begins where the one before ended. */
describe('the life of the pull request of update, at GitHub', () => {
  const step = story();
  let all: ForgeWorld;
  const open = () => all.repository.pulls().filter(({ isOpen }) => isOpen);
  const tip = () => all.repository.git.find(branch);
  const commits = async () => all.repository.git.commits(`refs/heads/main..${branch}`);
  const rebuild = (...rebuilt: string[]) => publish(all.world.upstream, all.world.source, { rebuilt });
  const isUnwritten = { written: false, requests: { writes: 0 } };

  beforeAll(async () => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    all = await onGitHub(world, botRights);
    await all.commit('Begin');
  });

  step('is decided, printed and not written with --dry-run', async () => {
    expect(await all.json(['update', '--dry-run'])).toMatchObject({
      ...isUnwritten,
      schema: 'mirrorlock/update/v2',
      decision: 'a change and no PR',
      steps: ['push', 'open'],
      change: { files: expect.arrayContaining([{ path: 'mirrors.lock.yaml', change: 'written' }]) },
    });
    expect([open(), await tip()]).toEqual([[], undefined]);
  });

  step('is opened, one commit on the tip of the base', async () => {
    const done = await all.json(['update']);
    expect(done).toMatchObject({ decision: 'a change and no PR', written: true, pullRequest: { number: 1 } });
    expect(open()).toMatchObject([{ number: 1, base: 'main' }]);
    expect(await commits()).toMatchObject([{ sha: done['commit'], author: { name: 'mirrorlock' } }]);
    expect(await all.repository.git.read(branch, 'sync/alpine.yaml')).toContain('alpine');
  });

  step('is left alone while its content equals, and when the base moves elsewhere', async () => {
    const before = await tip();
    await all.repository.commit('alice', 'main', { 'README.md': 'Ours' });
    expect(await all.json(['update'])).toMatchObject({
      ...isUnwritten,
      decision: 'a change and an open PR whose content equals',
    });
    expect(await tip()).toBe(before);
  });

  step('is not touched for a commit of upstream that changes no tag', async () => {
    await all.world.upstream.commit('Nothing of interest');
    expect(await all.json(['update'])).toMatchObject(isUnwritten);
  });

  step('is updated where its content differs: still one, still one commit, on the new tip of the base', async () => {
    rebuild('alpine');
    expect(await all.json(['update'])).toMatchObject({
      decision: 'a change and an open PR whose content differs',
      pullRequest: { number: 1 },
    });
    expect(await commits()).toMatchObject([{ parents: [await all.repository.git.find('refs/heads/main')] }]);
    expect(open()).toHaveLength(1);
  });

  step('is left to a person who pushed to its branch, and told so once', async () => {
    const theirs = await all.repository.commit('alice', 'mirrorlock/update', { 'note.txt': 'mine' });
    rebuild('busybox');
    for (const _ of ['once', 'twice'])
      expect(await all.json(['update'])).toMatchObject({ decision: 'a person pushed commits to the branch' });
    expect(await tip()).toBe(theirs);
    expect(all.repository.thread(1).comments).toHaveLength(1);
  });

  step('is taken back where the person ticks the box in its text, which is unticked again', async () => {
    const thread = all.repository.thread(1);
    thread.body = (thread.body ?? '').replace('- [ ]', '- [x]');
    expect(await all.json(['update'])).toMatchObject({
      decision: 'a person pushed commits to the branch, and lets the bot go on',
      written: true,
    });
    expect(await commits()).toMatchObject([{ author: { name: 'mirrorlock' } }]);
    expect(all.repository.thread(1).body).toContain('- [ ]');
  });

  step('is over when it is merged: the branch goes, and then nothing is written', async () => {
    await all.repository.merge(1, 'alice');
    expect(await all.json(['update'])).toMatchObject({ decision: 'no change, and a branch without a PR' });
    expect(await tip()).toBeUndefined();
    expect(await all.json(['update'])).toMatchObject({ ...isUnwritten, decision: 'no change and no PR' });
  });

  step(
    'is not opened again where a person closed it, also when the branch is gone and upstream has another commit',
    async () => {
      rebuild('alpine', 'busybox');
      expect(await all.json(['update'])).toMatchObject({ pullRequest: { number: 2 } });
      all.repository.close(2, 'alice');
      await all.repository.git.run('update-ref', '-d', branch);
      await all.world.upstream.commit('Nothing of interest either');
      const decision = 'a person closed the PR for this very content';
      expect(await all.json(['update'])).toMatchObject({ decision });
      expect(await all.json(['update'])).toMatchObject({ ...isUnwritten, decision });
      expect([open(), await tip()]).toEqual([[], undefined]);
    },
  );

  step('is opened for new content, and closed with a comment when there is nothing to change any more', async () => {
    rebuild('alpine');
    expect(await all.json(['update'])).toMatchObject({ pullRequest: { number: 3 } });
    rebuild('busybox');
    expect(await all.json(['update'])).toMatchObject({ decision: 'no change and an open PR' });
    expect([open(), await tip()]).toEqual([[], undefined]);
    expect(all.repository.thread(3)).toMatchObject({ isOpen: false, comments: [{}] });
  });

  step('is one when two bots run at once, and both end well', async () => {
    rebuild('alpine');
    const two = await Promise.all([all.json(['update']), all.json(['update'])]);
    expect(open()).toHaveLength(1);
    expect(two.some(({ written }) => written === true)).toBe(true);
    expect(await commits()).toHaveLength(1);
  });
});
