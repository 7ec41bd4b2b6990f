import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { botRights, type ForgeWorld, onGitHub, token } from '../support/forge-world.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

const branch = 'refs/heads/mirrorlock/update';
const person = 'Mirror Bot <mirror-bot@example.com>';

describe('A5: the commits of update are by whom, and say what, a forge asks for', () => {
  let all: ForgeWorld;
  const configure = async (commit: string) => {
    appendFileSync(join(all.world.mirror, 'mirrors.yaml'), `\nupdate: {commit: ${commit}}\n`);
    await all.commit('Begin');
  };
  const newest = async () => (await all.repository.git.commits(`refs/heads/main..${branch}`)).at(-1);
  const raw = () => all.repository.git.run('cat-file', 'commit', branch);

  beforeEach(async () => {
    all = await onGitHub(await setWorld({ images: everything, library: tinyLibrary }), botRights);
  });

  it('by the configuration and by the variables of git, which come first; and they stay the bot’s own', async () => {
    await configure(`{author: ${person}, signOff: true, body: "Ticket: MIRROR-1"}`);
    await all.json(['update']);
    const { author, committer, message } = (await newest()) ?? {};
    expect(author).toMatchObject({ name: 'Mirror Bot', email: 'mirror-bot@example.com' });
    expect(committer).toEqual(author);
    expect(message).toMatch(/\n\nTicket: MIRROR-1\n\nSigned-off-by: Mirror Bot <mirror-bot@example.com>\nMirrorlock-/);
    publish(all.world.upstream, all.world.source, { rebuilt: ['alpine'] });
    await all.run(['update'], 0, { GIT_AUTHOR_NAME: 'Ann', GIT_COMMITTER_EMAIL: 'ops@example.com' });
    expect(await newest()).toMatchObject({
      author: { name: 'Ann', email: 'mirror-bot@example.com' },
      committer: { name: 'Mirror Bot', email: 'ops@example.com' },
      message: expect.stringContaining('Signed-off-by: Mirror Bot <ops@example.com>'),
    });
    publish(all.world.upstream, all.world.source, { rebuilt: ['busybox'] });
    expect(await all.json(['update'])).toMatchObject({ decision: 'a change and an open PR whose content differs' });
  });

  it('by git’s own settings of signatures; what cannot be signed is not pushed', async () => {
    const key = join(all.world.home, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    await all.commit('Begin');
    for (const [name, value] of Object.entries({
      'gpg.format': 'ssh',
      'user.signingKey': key,
      'commit.gpgSign': 'true',
    }))
      await all.git('config', name, value);
    await all.json(['update']);
    expect(await raw()).toContain('gpgsig -----BEGIN SSH SIGNATURE-----');
    expect(await all.json(['update'])).toMatchObject({ written: false });
    await all.git('config', 'user.signingKey', join(all.world.home, 'absent'));
    publish(all.world.upstream, all.world.source, { rebuilt: ['alpine'] });
    const { stderr } = await all.run(['update'], 1);
    expect(stderr).toContain('forge/signing');
    expect(stderr).toContain('user.signingKey');
  });

  it('and the hint at a rule that refuses them works when it is followed', async () => {
    all.repository.settings.committerEmailEnd = '@example.com';
    await all.commit('Begin');
    const { stderr } = await all.run(['update'], 1);
    expect(stderr).toContain('forge/commit-rule');
    expect(stderr).toContain('`update.commit`');
    await configure(`{committer: ${person}}`);
    expect(await all.json(['update'])).toMatchObject({ written: true });
    expect(await newest()).toMatchObject({ author: { name: 'mirrorlock' }, committer: { name: 'Mirror Bot' } });
  });

  it('at the dates that the variables of git say', async () => {
    await all.commit('Begin');
    const dates = { GIT_AUTHOR_DATE: '2026-02-03T04:05:06Z', GIT_COMMITTER_DATE: '@1770000000 +0000' };
    await all.run(['update'], 0, dates);
    expect(await newest()).toMatchObject({
      author: { date: '2026-02-03T04:05:06Z' },
      committer: { date: '2026-02-02T02:40:00Z' },
    });
    publish(all.world.upstream, all.world.source, { rebuilt: ['alpine'] });
    const { stderr } = await all.run(['update'], 1, { GIT_AUTHOR_DATE: 'some day' });
    expect(stderr).toMatch(/forge\/git(.|\n)*some day/);
  });

  it('by the forge, which signs them, where a rule asks for signatures and the hint is followed', async () => {
    all.repository.settings.requiresSignatures = true;
    await all.commit('Begin');
    const { stderr } = await all.run(['update'], 1);
    expect(stderr).toContain('forge/commit-rule');
    expect(stderr).toContain('`update.commit: {by: forge}`');
    await configure('{by: forge, body: "Ticket: MIRROR-1"}');
    expect(await all.json(['update'])).toMatchObject({ written: true, pullRequest: { number: 1 } });
    expect(await raw()).toContain('gpgsig -----BEGIN');
    expect(await newest()).toMatchObject({
      author: { name: 'github-actions[bot]' },
      committer: { name: 'GitHub' },
      parents: [await all.repository.git.find('refs/heads/main')],
      message: expect.stringMatching(/\n\nTicket: MIRROR-1\n\nMirrorlock-Content: \w+$/),
    });
    expect(await all.json(['update'])).toMatchObject({ written: false });
    publish(all.world.upstream, all.world.source, { rebuilt: ['alpine'] });
    await all.commit('Something else');
    expect(await all.json(['update'])).toMatchObject({ decision: 'a change and an open PR whose content differs' });
    expect(await all.repository.git.commits(`refs/heads/main..${branch}`)).toHaveLength(1);
    expect(await all.repository.git.find(`${branch}.next`)).toBeUndefined();
    expect(all.repository.pulls()).toMatchObject([{ number: 1, isOpen: true }]);
  });

  it('by the forge in a pull request of people too', async () => {
    all.repository.settings.requiresSignatures = true;
    appendFileSync(join(all.world.mirror, 'mirrors.yaml'), '\nupdate: {commit: {by: forge}}\n');
    await all.run(['lock']);
    await all.run(['render']);
    await all.commit('Begin');
    const config = readFileSync(join(all.world.mirror, 'mirrors.yaml'), 'utf8');
    await all.repository.commit('alice', 'less', {
      'mirrors.yaml': config.replace(everything, '{include: [busybox]}'),
    });
    const response = await fetch(`${all.github.apiUrl}/repos/acme/mirror/pulls`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Less', head: 'less', base: 'main' }),
    });
    const { number } = (await response.json()) as { number: number };
    expect(await all.json(['update', '--pull-request', `${number}`])).toMatchObject({ written: true });
    expect(await all.repository.git.read('refs/heads/less', 'sync/alpine.yaml')).toBeUndefined();
    expect(await all.repository.git.run('cat-file', 'commit', 'refs/heads/less')).toContain('gpgsig');
    expect(await all.json(['update', '--pull-request', `${number}`])).toMatchObject({ written: false });
  });

  it('by the forge, but not over what its API cannot do, and what is left of a killed run is begun anew', async () => {
    await configure('{by: forge}');
    await all.repository.commit('alice', 'mirrorlock/update.next', { 'left.txt': 'behind' });
    await all.json(['update']);
    await all.git('fetch', '--quiet', all.repository.git.folder, branch);
    await all.git('checkout', '--quiet', 'FETCH_HEAD');
    await all.git('update-index', '--chmod=+x', 'mirrors.lock.yaml');
    await all.git('commit', '--quiet', '--message=Executable');
    await all.git('push', '--quiet', all.repository.git.folder, 'HEAD:main');
    const before = await all.repository.git.find(branch);
    publish(all.world.upstream, all.world.source, { rebuilt: ['alpine'] });
    const { stderr } = await all.run(['update'], 1);
    expect(stderr).toMatch(/forge\/other-commit(.|\n)*\{by: git\}/);
    expect(await all.repository.git.find(branch)).toBe(before);
    expect(await all.repository.git.find(`${branch}.next`)).toBeUndefined();
  });

  it('by the forge, without the workflows that its token may not change', async () => {
    all.github.addToken(token, { login: 'mirror-app[bot]', kind: 'app', permissions: botRights });
    appendFileSync(join(all.world.mirror, 'mirrors.yaml'), '\nci: {provider: github}\n');
    await configure('{by: forge}');
    const done = await all.json(['update']);
    expect(done).toMatchObject({
      written: true,
      leftOut: expect.arrayContaining(['.github/workflows/mirrorlock-apply.yml']),
    });
    expect(await all.repository.git.read(branch, 'sync/alpine.yaml')).toContain('alpine');
    expect(await all.repository.git.find(`${branch}.next`)).toBeUndefined();
  });

  it.each(['author: Mirror Bot <a@b.example>', 'signOff: true'])('but not by the forge with %s', async (text) => {
    await configure(`{by: forge, ${text}}`);
    expect((await all.run(['check'], 2)).stderr).toMatch(/config\/commit-by(.|\n)*Leave out/);
  });

  it.each(['Mirror Bot', '<a@b>', 'a <b>', 'a <b@c> d', 'a\\nb <c@d>'])(
    'but not by %s, which is not valid',
    async (text) => {
      await configure(`{author: "${text}"}`);
      const { stderr } = await all.run(['check'], 2);
      expect(stderr).toContain('config/commit-person');
      expect(stderr).toContain('Mirror Bot <mirror-bot@example.com>');
    },
  );
});
