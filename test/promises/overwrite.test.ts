import { beforeAll, describe, expect, it } from 'vitest';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

const branch = 'refs/heads/mirrorlock/update';

describe("a person pushed to the bot's branch", () => {
  let all: ForgeWorld;
  const update = () => all.json(['update']);
  const tip = () => all.repository.git.find(branch);

  /** Upstream moves, so that the bot has something new to push. */
  const rebuild = (image: string) => publish(all.world.upstream, all.world.source, { rebuilt: [image] });

  beforeAll(async () => {
    all = await onGitHub(await setWorld({ images: everything, library: tinyLibrary }), botRights);
    await all.commit('Begin');
    await update();
  });

  it("promise 10: what a person pushed to the bot's branch is never overwritten", async () => {
    const [pull] = all.repository.pulls();
    expect(pull).toMatchObject({ number: 1, isOpen: true });
    const theirs = await all.repository.commit('alice', 'mirrorlock/update', { 'README.md': 'Ours' }, 'Ours');
    expect(await tip()).toBe(theirs);

    // Something new to push, and then nothing to propose any more: neither moves nor deletes the branch.
    await rebuild('alpine');
    expect(await update()).toMatchObject({ decision: 'a person pushed commits to the branch' });
    expect(await tip()).toBe(theirs);
    await all.run(['lock']);
    await all.run(['render']);
    await all.commit('Lock by hand');
    expect(await update()).toMatchObject({ decision: 'a person pushed commits to the branch, and nothing changes' });
    expect(await tip()).toBe(theirs);

    // Without a pull request, it stays as well.
    await rebuild('busybox');
    all.repository.close(1, 'alice');
    expect(await update()).toMatchObject({ decision: 'a person pushed commits to the branch, and there is no PR' });
    expect(await tip()).toBe(theirs);
    expect(await all.repository.git.read(branch, 'README.md')).toBe('Ours');
  });
});
