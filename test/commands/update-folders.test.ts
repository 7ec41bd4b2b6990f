import { appendFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld } from '../support/world.ts';

describe('A4: two mirrors in one git repository', () => {
  let all: ForgeWorld;
  const run = async (folder: string, args: readonly string[], code = 0) => {
    const world = { ...all.world, mirror: join(all.world.mirror, folder) };
    const result = await mirrorlock(world, args, { ...all.environment });
    expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(code);
    return result;
  };
  const update = async (folder: string) => JSON.parse((await run(folder, ['update', '--json'])).stdout);
  const open = () => all.repository.pulls().filter(({ isOpen }) => isOpen);
  const heads = () => open().map(({ headBranch }) => headBranch);

  beforeEach(async () => {
    all = await onGitHub(await setWorld({ images: everything, library: tinyLibrary }), botRights);
    for (const folder of ['a', 'b']) {
      mkdirSync(join(all.world.mirror, folder));
      cpSync(join(all.world.mirror, 'mirrors.yaml'), join(all.world.mirror, folder, 'mirrors.yaml'));
    }
    rmSync(join(all.world.mirror, 'mirrors.yaml'));
    await all.commit('Begin');
  });

  it('each keep a branch and a pull request of their own', async () => {
    for (const folder of ['a', 'b']) await update(folder);
    for (const folder of ['a', 'b']) expect(await update(folder)).toMatchObject({ written: false });
    expect(heads()).toEqual(['mirrorlock/update-a', 'mirrorlock/update-b']);
    for (const folder of ['a', 'b']) {
      const paths = await all.repository.git.run('diff', '--name-only', 'main', `mirrorlock/update-${folder}`);
      expect(new Set(paths.split('\n').map((path) => path.split('/')[0]))).toEqual(new Set([folder]));
    }
  });

  it('do not take what the other proposes from one branch that both are told to use', async () => {
    for (const folder of ['a', 'b'])
      appendFileSync(join(all.world.mirror, folder, 'mirrors.yaml'), '\nupdate: {branch: mirrorlock/both}\n');
    await all.commit('One branch');
    await update('a');
    const tip = await all.repository.git.find('mirrorlock/both');
    const { stderr } = await run('b', ['update'], 1);
    expect(stderr).toContain('update/branch-of-another');
    expect(stderr).toContain('`update.branch`');
    expect([await all.repository.git.find('mirrorlock/both'), open().length]).toEqual([tip, 1]);
  });

  it('carry on the pull request that an older version opened from the branch of all', async () => {
    await update('a');
    const { git } = all.repository;
    // As an older version left it.
    await git.run('update-ref', 'refs/heads/mirrorlock/update', 'refs/heads/mirrorlock/update-a');
    await git.run('update-ref', '-d', 'refs/heads/mirrorlock/update-a');
    Object.assign(all.repository.thread(1), { headBranch: 'mirrorlock/update' });
    expect(await update('a')).toMatchObject({
      branch: 'mirrorlock/update',
      pullRequest: { number: 1 },
      written: false,
    });
    expect(await update('b')).toMatchObject({ branch: 'mirrorlock/update-b', pullRequest: { number: 2 } });
    await all.repository.merge(1, 'alice');
    expect(await update('a')).toMatchObject({ branch: 'mirrorlock/update-a', decision: 'no change and no PR' });
  });

  it('are marked each, and each has its own issue of drift', async () => {
    for (const folder of ['a', 'b']) {
      await run(folder, ['lock']);
      await run(folder, ['render']);
    }
    await all.commit('Lock');
    for (const folder of ['a', 'b']) await run(folder, ['verify', '--report-issue'], 3);
    expect(all.repository.issues().map(({ title }) => title)).toEqual([
      expect.stringContaining('(a/)'),
      expect.stringContaining('(b/)'),
    ]);
    await run('a', ['apply']);
    for (const folder of ['a', 'b']) await run(folder, ['verify', '--report-issue', '--mark']);
    expect(all.repository.issues().map(({ isOpen }) => isOpen)).toEqual([false, false]);
    const tags = (await all.repository.git.run('tag', '--list')).split('\n');
    expect(tags).toEqual([expect.stringMatching(/^mirrored\/a\/2/), expect.stringMatching(/^mirrored\/b\/2/)]);
  });
});
