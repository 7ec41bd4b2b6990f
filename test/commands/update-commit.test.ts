import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
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
