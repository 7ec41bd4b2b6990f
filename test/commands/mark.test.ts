import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ForgeWorld, onGitHub, token } from '../support/forge-world.ts';
import { destinationTags, lockedTags, lockText, readLock } from '../support/mirror.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

let all: ForgeWorld;
let head: string;

beforeAll(async () => {
  all = await onGitHub(await setWorld({ images: everything, library: tinyLibrary }), { contents: 'write' });
  await all.run(['lock']);
  head = await all.commit('Lock');
});

/** The tags of the forge's repository, with the commits that they stand for. */
async function marks(): Promise<[tag: string, commit: string][]> {
  const format = '--format=%(refname:lstrip=2) %(*objectname)';
  const lines = (await all.repository.git.run('for-each-ref', format, 'refs/tags')).split('\n').filter(Boolean);
  return lines.map((line) => line.split(' ') as [string, string]);
}

/** Each step begins where the one before ended. */
describe('verify --mark', () => {
  const step = story();
  step('marks nothing while something differs', async () => {
    expect((await all.run(['verify', '--mark'], 3)).stdout).toContain('Not marked: something differs.');
    expect(await marks()).toEqual([]);
  });

  step('tags the commit by the minute in UTC, names the destinations, and pushes the tag', async () => {
    await all.run(['apply']);
    const { mark } = (await all.json(['verify', '--mark'])) as { mark: { tag: string } };
    expect(mark).toEqual({
      tag: expect.stringMatching(/^mirrored\/\d{4}-\d\d-\d\dT\d{4}Z$/),
      commit: head,
      isNew: true,
    });
    expect(await marks()).toEqual([[mark.tag, head]]);
    const text = await all.repository.git.run('cat-file', 'tag', mark.tag);
    expect(text).toContain('\n\nAll that mirrors.lock.yaml names is at: main');
    expect(await all.git('rev-parse', `${mark.tag}^{commit}`)).toBe(head);
  });

  step('says so where the commit is marked already, also in a clone without the tag', async () => {
    const before = await marks();
    await all.git('tag', '--delete', before[0]?.[0] ?? '');
    const { stdout } = await all.run(['verify', '--mark']);
    expect(stdout).toContain(`${head.slice(0, 12)} is marked already, as ${before[0]?.[0]}.`);
    expect(await marks()).toEqual(before);
    await all.git('fetch', '--quiet', '--tags', all.repository.git.folder);
  });

  step('refuses a lockfile that is not as HEAD has it', async () => {
    const text = lockText(all.world);
    writeFileSync(join(all.world.mirror, 'mirrors.lock.yaml'), `${text}\n`);
    expect((await all.run(['verify', '--mark'], 2)).stderr).toContain('mark/lockfile-differs');
    writeFileSync(join(all.world.mirror, 'mirrors.lock.yaml'), text);
  });

  it.each([
    ['--image', 'alpine'],
    ['--shard', '1/2'],
    ['--destination', 'main'],
    ['--at', 'HEAD'],
  ])('refuses to judge by a part: %s', async (option, value) => {
    for (const asked of ['--mark', '--report-issue']) {
      const { stderr } = await all.run(['verify', asked, option, value], 2);
      expect(stderr).toContain('verify/needs-all');
      expect(stderr).toContain(option);
    }
  });

  step('gives another commit a mark of its own, and an earlier mark brings back what was served then', async () => {
    const [first = ['', '']] = await marks();
    const then = lockedTags(readLock(all.world));
    all.world.upstream.release('alpine', '3.24.1', '3.24.2');
    await all.world.upstream.commit('Announce a version');
    publish(all.world.upstream, all.world.source, { rebuilt: ['busybox'] });
    await all.run(['lock']);
    const second = await all.commit('Follow upstream');
    await all.run(['apply']);
    await all.run(['verify', '--mark']);
    expect((await marks()).map(([, commit]) => commit).sort()).toEqual([head, second].sort());

    const [tag] = first;
    writeFileSync(join(all.world.mirror, 'mirrors.lock.yaml'), 'not a lockfile\n');
    const now = await destinationTags(all.world);
    expect([...then].filter(([name, digest]) => now.get(name) !== digest)).not.toEqual([]);
    await all.run(['verify', '--at', tag], 3);
    expect((await all.run(['plan', '--matrix', '--at', tag])).stdout).toContain('"images":"alpine"');
    const { warnings } = await all.json(['apply', '--at', tag]);
    expect(warnings).toEqual([]);
    await all.run(['verify', '--at', tag]);
    const back = await destinationTags(all.world);
    expect([...then].filter(([name, digest]) => back.get(name) !== digest)).toEqual([]);
    await all.git('checkout', '--quiet', '--', '.');
  });

  step('an earlier lockfile is taken though the configuration has moved on, without a word of staleness', async () => {
    const [[tag] = ['']] = await marks();
    const config = join(all.world.mirror, 'mirrors.yaml');
    const text = await all.git('show', 'HEAD:mirrors.yaml');
    writeFileSync(config, text.replace('["*"]', '[busybox]'));
    expect((await all.run(['verify'], 3)).stderr).toContain('lock/stale');
    expect((await all.run(['verify', '--at', tag])).stderr).not.toContain('lock/stale');
    await all.git('checkout', '--quiet', '--', '.');
  });

  step('a revision that is not there, or has no lockfile, is told', async () => {
    expect((await all.run(['apply', '--at', 'mirrored/2001-01-01T0000Z'], 2)).stderr).toContain('git fetch --tags');
    await all.git('checkout', '--quiet', '--orphan', 'empty');
    await all.git('rm', '--quiet', '--cached', 'mirrors.lock.yaml');
    await all.git('commit', '--quiet', '--message=Without');
    expect((await all.run(['plan', '--at', 'empty'], 2)).stderr).toContain('lock/missing');
    await all.git('checkout', '--quiet', '--force', 'main');
  });

  step(
    'a token without the right to push is told which right it is, and what was found stands all the same',
    async () => {
      await all.commit('Nothing');
      await all.run(['apply']);
      all.github.addToken(token, { login: 'github-actions[bot]', kind: 'actions', permissions: { contents: 'read' } });
      const { stdout, stderr } = await all.run(['verify', '--mark'], 1);
      expect(stdout).toContain('tags are as the lockfile says');
      expect(stderr).toMatch(/forge\/missing-permission.*contents: write/);
      expect(stdout + stderr).not.toContain(token);
    },
  );

  step('without a remote there is nothing to push to', async () => {
    await all.git('remote', 'remove', 'origin');
    expect((await all.run(['verify', '--mark'], 2)).stderr).toContain('mark/no-remote');
  });
});
