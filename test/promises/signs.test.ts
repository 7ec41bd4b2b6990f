import { expect, it } from 'vitest';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld } from '../support/world.ts';

/** A mirror whose bot has a branch that a person pushed to. */
async function edited(rights: Parameters<typeof onGitHub>[1]): Promise<ForgeWorld> {
  const all = await onGitHub(await setWorld({ images: everything, library: tinyLibrary }), rights);
  await all.commit('Begin');
  await all.repository.commit('alice', 'mirrorlock/update', { 'note.txt': 'mine' });
  return all;
}

it('promise 13: no final state is silent: whatever the bot leaves alone, its owner is told where they look', async () => {
  const told = await edited(botRights);
  expect(await told.json(['update'])).toMatchObject({ written: true, issue: { number: 1 } });
  expect(told.repository.issues()).toMatchObject([
    { isOpen: true, body: expect.stringContaining('`mirrorlock/update`') },
  ]);
  expect(await told.json(['update'])).toMatchObject({ written: false });
  expect(told.repository.issues()).toHaveLength(1);

  const mute = await edited({ contents: 'write', pull_requests: 'read' });
  const { stderr } = await mute.run(['update'], 3);
  expect(stderr).toContain('update/no-sign');
});
