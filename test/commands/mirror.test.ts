import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { startCli } from '../support/cli.ts';
import { gitIn } from '../support/git.ts';
import { destinationTags, expectJson, lockedTags, lockText, mirrorlock, readLock } from '../support/mirror.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

let world: World;

async function commit(message: string): Promise<void> {
  const git = gitIn(world.mirror);
  await git('add', '--all');
  await git('commit', '--quiet', `--message=${message}`);
}

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
});

/** Each step begins where the one before ended, as a user takes them. */
describe('the commands, in the order of their use', () => {
  const step = story();
  step('check says that there is no lockfile yet', async () => {
    expect((await expectJson(world, ['check'], 3))['problems']).toMatchObject([{ code: 'lock/missing' }]);
    for (const command of ['render', 'plan', 'apply', 'verify']) {
      expect((await mirrorlock(world, [command])).stderr).toContain('lock/missing');
    }
  });

  step('expand prints one JSON document, and nothing else, on stdout', async () => {
    expect(await expectJson(world, ['expand'])).toMatchObject({
      schema: 'mirrorlock/expand/v1',
      images: [
        {
          image: 'alpine',
          groups: [
            { tags: ['3.24.1-x'], platforms: ['linux/amd64', 'linux/arm64/v8'], shared: false },
            { tags: ['3.24.1', '3.24', '3', 'latest'], platforms: ['linux/amd64', 'linux/arm64/v8'], shared: true },
            { tags: ['3.23.5', '3.23'], platforms: ['linux/amd64'], shared: false },
          ],
        },
        { image: 'busybox' },
      ],
      warnings: [],
    });
  });

  step('explain names the rule and its line', async () => {
    const { stdout, code } = await mirrorlock(world, ['explain', 'alpine:3.24']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^alpine:3.24 is selected\.\n +include rule +mirrors\.yaml:6:20/);
    expect(await expectJson(world, ['explain', 'alpine:3.42'], 1)).toMatchObject({
      kind: 'unknown-tag',
      nearest: expect.arrayContaining(['3.24']),
    });
  });

  step('lock --check changes nothing and tells by its exit code; lock writes', async () => {
    expect(await expectJson(world, ['lock', '--check'], 3)).toMatchObject({ changed: true, counts: { added: 11 } });
    expect((await mirrorlock(world, ['check'])).stderr).toContain('lock/missing');
    expect(await expectJson(world, ['lock'])).toMatchObject({
      changed: true,
      requests: { source: { countedPulls: 0, heads: 4 } },
    });
    expect(await expectJson(world, ['lock', '--check'])).toMatchObject({ changed: false });
  });

  step('groups that share a digest are one group of the lockfile', () => {
    const alpine = readLock(world).images.find(({ image }) => image === 'alpine');
    expect(alpine?.entries).toMatchObject([
      { tags: ['3.24.1-x', '3.24.1', '3.24', '3', 'latest'] },
      { tags: ['3.23.5', '3.23'] },
    ]);
  });

  step('render --check shows the difference and exits with 3; render writes; check is content', async () => {
    const { code, stdout } = await mirrorlock(world, ['render', '--check']);
    expect(code).toBe(3);
    expect(stdout).toContain('+++ b/sync/alpine.yaml');
    expect((await expectJson(world, ['check'], 3))['problems']).toMatchObject([
      { code: 'render/stale' },
      { code: 'render/stale' },
    ]);
    await expectJson(world, ['render']);
    await expectJson(world, ['render', '--check']);
    await expectJson(world, ['check']);
    const attributes = join(world.mirror, '.gitattributes');
    const block = readFileSync(attributes, 'utf8');
    writeFileSync(attributes, block.replace(/^sync.*\n/m, ''));
    expect((await expectJson(world, ['check'], 3))['problems']).toMatchObject([{ value: '.gitattributes' }]);
    writeFileSync(attributes, '* text=auto\n');
    expect((await expectJson(world, ['check']))['notes']).toContainEqual(expect.stringContaining('.gitattributes'));
    await expectJson(world, ['render', '--check'], 3);
    await expectJson(world, ['render']);
    expect(readFileSync(attributes, 'utf8')).toBe(`* text=auto\n${block}`);
    await commit('Lock');
  });

  step('plan says what is absent, and apply --dry-run the same; nothing is done', async () => {
    const plan = await expectJson(world, ['plan']);
    expect(plan).toMatchObject({ destinations: [{ name: 'main', counts: { copy: 3, tag: 11, unchanged: 0 } }] });
    expect(await expectJson(world, ['apply', '--dry-run'])).toEqual(plan);
    expect(await destinationTags(world)).toEqual(new Map());
  });

  step('two shards do what one run does', async () => {
    const shards = [
      await expectJson(world, ['apply', '--shard', '1/2']),
      await expectJson(world, ['apply', '--shard', '2/2']),
    ];
    expect(shards.reduce((sum, { counts }) => sum + (counts['tagged'] ?? 0), 0)).toBe(11);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
  });

  step('verify names each drift: missing, different and, if asked, extra', async () => {
    await expectJson(world, ['verify', '--extra']);
    const text = lockText(world);
    const [first, second] = [...new Set(text.match(/sha256:[0-9a-f]{64}(?=\n +tags)/g))] as [string, string];
    const other = text
      .replace('"3.23"', '"3.99"')
      .replace(first, '<other>')
      .replace(second, first)
      .replace('<other>', second);
    writeFileSync(join(world.mirror, 'mirrors.lock.yaml'), other);
    const { destinations } = (await expectJson(world, ['verify', '--extra'], 3)) as unknown as {
      destinations: { drift: { kind: string; tag: string }[] }[];
    };
    const kinds = new Map(destinations[0]?.drift.map(({ kind, tag }) => [tag, kind]));
    expect(kinds.get('3.99')).toBe('missing');
    expect(kinds.get('latest')).toBe('different');
    expect(kinds.get('3.23')).toBe('extra');
    writeFileSync(join(world.mirror, 'mirrors.lock.yaml'), text);
  });

  step('diff compares revisions, files and the lockfile here', async () => {
    world.upstream.write(
      'busybox',
      world.upstream.read('busybox').replace('Tags: 1.38.0, ', 'Tags: 1.38.0, unstable, '),
    );
    await world.upstream.commit('Add a tag to busybox');
    await expectJson(world, ['lock']);
    const changed = await mirrorlock(world, ['diff']);
    expect(changed.stdout, changed.stderr).toMatch(/^busybox: 1 tag added\n\nbusybox\n {2}\+ unstable/);
    await commit('Follow upstream');
    expect(await expectJson(world, ['diff', 'HEAD~1', 'HEAD'])).toMatchObject({
      schema: 'mirrorlock/diff/v2',
      counts: { added: 1, removed: 0 },
    });
    expect(await expectJson(world, ['diff', 'HEAD', 'HEAD~1'])).toMatchObject({ counts: { added: 0, floating: 1 } });
    expect(await expectJson(world, ['changes', 'HEAD', 'HEAD~1'])).toMatchObject({
      schema: 'mirrorlock/changes/v1',
      lookAtFirst: [{ kind: 'floating', image: 'busybox', tags: ['unstable'] }],
    });
    const words = await mirrorlock(world, ['changes', 'HEAD', 'HEAD~1', '--format', 'markdown']);
    expect(words.stdout).toContain('**Floating tags left:** `busybox`: `unstable` without a successor, kept');
    expect((await mirrorlock(world, ['diff', 'HEAD~1', '--format', 'markdown'])).stdout).toContain(
      '| added |  | `unstable` |',
    );
    const unknown = await mirrorlock(world, ['diff', '--output=/tmp/x']);
    expect(unknown.code).toBe(2);
    expect((await mirrorlock(world, ['diff', 'nonsense'])).stderr).toContain('git/unknown-revision');
  });

  step(
    'an image that leaves the rules leaves the lockfile and its rendered file, and stays at the destination',
    async () => {
      const file = join(world.mirror, 'mirrors.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace('{include: ["*"]}', '{include: [alpine]}'));
      expect((await mirrorlock(world, ['check'])).stderr).toContain('no rule wants');
      await expectJson(world, ['lock']);
      expect((await expectJson(world, ['render']))['files']).toContainEqual({
        path: 'sync/busybox.yaml',
        change: 'removed',
      });
      await expectJson(world, ['apply']);
      expect((await destinationTags(world)).has('busybox:latest')).toBe(true);
    },
  );

  step('a lock that is killed leaves the old lockfile', async () => {
    const before = lockText(world);
    world.upstream.release('alpine', '3.24.1', '3.24.2');
    await world.upstream.commit('Announce a version');
    for (const delay of [100, 400, 900, 1500]) {
      world.source.respond(async () => {
        await new Promise((resolve) => setTimeout(resolve, 700));
        return undefined;
      });
      const running = startCli(['lock', '-C', world.mirror]);
      await new Promise((resolve) => setTimeout(resolve, delay));
      running.kill('SIGKILL');
      await running.result;
      expect(lockText(world)).toBe(before);
    }
    world.source.respond(undefined);
    await expectJson(world, ['lock']);
    expect(lockText(world)).not.toBe(before);
  });

  step('unknown names are told with the nearest', async () => {
    expect((await mirrorlock(world, ['apply', '--image', 'alpin'])).stderr).toContain('Did you mean `alpine`?');
    expect((await mirrorlock(world, ['apply', '--destination', 'man'])).stderr).toContain('Did you mean `main`?');
    expect((await mirrorlock(world, ['apply', '--destination', 'mian'])).stderr).toContain('Did you mean `main`?');
    const { code, stderr } = await mirrorlock(world, ['apply', '--shard', '3/2']);
    expect(code).toBe(2);
    expect(stderr).toContain('plan/shard');
  });

  step('names that are near to none are told with those that there are', async () => {
    const { stderr } = await mirrorlock(world, ['apply', '--destination', 'zzz']);
    expect(stderr).toContain('There is `main`.');
    expect(stderr).not.toContain('Did you mean');
    const image = await mirrorlock(world, ['apply', '--image', 'zzz']);
    expect(image.stderr).toMatch(/There (?:is|are) `alpine`/);
    expect(image.stderr).not.toContain('Did you mean');
  });

  step('apply needs no skopeo', async () => {
    expect((await mirrorlock(world, ['apply', '--skopeo', '/nowhere/skopeo'])).code).toBe(0);
  });

  step('apply says why it cannot tell what waits for prune, but in a job of a matrix it does not ask', async () => {
    const file = join(world.mirror, 'mirrors.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${text}\npolicy: {dropped: prune}\n`);
    const { code, stderr } = await mirrorlock(world, ['apply']);
    expect(code).toBe(0);
    expect(stderr).toContain('prune/lockfile-differs');
    expect((await mirrorlock(world, ['apply', '--image', '*'])).stderr).not.toContain('prune/');
  });
});
