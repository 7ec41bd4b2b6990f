import { beforeAll, describe, expect, it } from 'vitest';
import { everything, tinyLibrary } from '../promises/tiny.ts';
import { setWorld } from '../support/world.ts';
import { type ForgeWorld, onGitHub } from './forge-world.ts';

describe('update at GitHub', () => {
  let all: ForgeWorld;
  const proposals = () => all.repository.pulls();

  beforeAll(async () => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    all = await onGitHub(world, { contents: 'write', pull_requests: 'write', issues: 'write' });
    await all.commit('Begin');
  });

  it('decides and writes nothing with --dry-run', async () => {
    expect(await all.json(['update', '--dry-run'])).toMatchObject({
      decision: 'a change and no PR',
      written: false,
      requests: { writes: 0 },
    });
    expect(proposals()).toEqual([]);
  });

  it('opens one pull request', async () => {
    const done = await all.json(['update']);
    expect(done).toMatchObject({ decision: 'a change and no PR', written: true, pullRequest: { number: 1 } });
    expect(proposals()).toMatchObject([{ number: 1 }]);
  });

  it('leaves it alone while it is current', async () => {
    expect(await all.json(['update'])).toMatchObject({
      decision: 'a change and an open PR whose content equals',
      written: false,
      requests: { writes: 0 },
    });
  });
});
