import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { botRights, type ForgeWorld, onGitHub, token } from '../support/forge-world.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

const branch = 'refs/heads/mirrorlock/update';

describe('A3: a bot that waits for somebody says so where they look, once', () => {
  let all: ForgeWorld;
  const issues = () => all.repository.issues();
  const update = (code = 0) => all.json(['update'], code);
  const edit = () => all.repository.commit('alice', 'mirrorlock/update', { 'note.txt': 'mine' });

  beforeEach(async () => {
    all = await onGitHub(await setWorld({ images: everything, library: tinyLibrary }), botRights);
  });

  it('in an issue, where its branch holds commits of others and no pull request, until that is over', async () => {
    await all.commit('Begin');
    await edit();
    const decision = 'a person pushed commits to the branch, and there is no PR';
    expect(await update()).toMatchObject({ decision, written: true, issue: { number: 1 } });
    expect(await update()).toMatchObject({ decision, written: false, requests: { writes: 0 } });
    expect(issues()).toMatchObject([{ isOpen: true, body: expect.stringContaining('Delete the branch') }]);
    await all.repository.git.run('update-ref', '-d', branch);
    expect(await update()).toMatchObject({ decision: 'a change and no PR' });
    expect(issues()).toMatchObject([{ isOpen: false, comments: [{}] }]);
    // What begins anew is said anew.
    all.repository.close(2, 'alice');
    await edit();
    await update();
    expect(issues().map(({ isOpen }) => isOpen)).toEqual([false, true]);
  });

  it('and not again, where a person closed that issue', async () => {
    await all.commit('Begin');
    await edit();
    await update();
    all.repository.close(1, 'alice');
    expect(await update()).toMatchObject({ written: false, requests: { writes: 0 } });
    expect(issues()).toHaveLength(1);
  });

  it('in a comment, where a person closed the pull request of this content', async () => {
    await all.commit('Begin');
    await update();
    all.repository.close(1, 'alice');
    const decision = 'a person closed the PR for this very content';
    expect(await update()).toMatchObject({ decision, written: true });
    expect(await update()).toMatchObject({ decision, written: false, requests: { writes: 0 } });
    expect(all.repository.thread(1).comments).toMatchObject([{ body: expect.stringContaining('reopen it') }]);
  });

  it('in a comment, where a person pushed and nothing changes any more', async () => {
    await all.commit('Begin');
    await update();
    await edit();
    await all.run(['lock']);
    await all.run(['render']);
    await all.commit('Lock by hand');
    const decision = 'a person pushed commits to the branch, and nothing changes';
    for (const written of [true, false]) expect(await update()).toMatchObject({ decision, written });
    expect(all.repository.thread(1).comments).toHaveLength(1);
  });

  it('in an issue, where only workflow files change, and the token may not push those', async () => {
    await all.run(['lock']);
    await all.run(['render']);
    appendFileSync(join(all.world.mirror, 'mirrors.yaml'), '\nci: {provider: github}\n');
    await all.commit('Begin');
    const decision = 'only workflow files change, and the token may not push them';
    for (const written of [true, false]) expect(await update()).toMatchObject({ decision, written });
    expect(issues()).toMatchObject([{ body: expect.stringContaining('.github/workflows/mirrorlock-update.yml') }]);
    await all.run(['render']);
    await all.commit('Render');
    expect(await update()).toMatchObject({ decision: 'no change and no PR', written: true });
    expect(issues()).toMatchObject([{ isOpen: false }]);
  });

  it('and ends with exit code 3, where neither a comment nor an issue can be had', async () => {
    await all.commit('Begin');
    await edit();
    all.repository.settings.hasIssues = false;
    expect(await update(3)).toMatchObject({ warnings: [{ code: 'update/no-sign' }] });
    all.repository.settings.hasIssues = true;
    const permissions = { contents: 'write', pull_requests: 'write' } as const;
    all.github.addToken(token, { login: 'x[bot]', kind: 'app', permissions });
    const { stderr } = await all.run(['update'], 3);
    expect(stderr).toContain('update/no-sign');
    expect(stderr).toContain('issues: write');
    expect(issues()).toEqual([]);
  });

  it('in an issue, where the pull request takes no comment', async () => {
    await all.commit('Begin');
    await update();
    await edit();
    publish(all.world.upstream, all.world.source, { rebuilt: ['alpine'] });
    const answer = { status: 403, body: { message: 'Unable to create comment because issue is locked.' } };
    all.github.inject({ on: /POST .*\/issues\/1\/comments$/, answer });
    expect(await update()).toMatchObject({ decision: 'a person pushed commits to the branch', issue: { number: 2 } });
    expect(await update()).toMatchObject({ written: false });
    expect(issues()).toMatchObject([{ body: expect.stringContaining('pull request 1') }]);
  });
});
