import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { lockedGroups } from '../../src/lock/types.ts';
import { startHubWebApi } from '../support/hub/web-api.ts';
import { digest } from '../support/lockfiles.ts';
import { expectJson, mirrorlock, readLock } from '../support/mirror.ts';
import { tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

const images = `
  include:
    - {image: alpine, tags: ["3.24*", "3", latest]}
    - busybox
  exclude:
    - {image: "*", tags: ["1.38.0"]}
`;
const older = `Maintainers: Nobody in Particular (@nobody)
GitRepo: https://example.invalid/alpine.git

Tags: 3.22.2, 3.22
Architectures: amd64
GitCommit: ${'2'.repeat(40)}
Directory: 3.22
`;

let world: World;

beforeAll(async () => {
  world = await setWorld({
    images,
    library: { ...tinyLibrary, alpine: `${tinyLibrary.alpine}\n${older.split('\n').slice(3).join('\n')}` },
  });
  await expectJson(world, ['lock']);
  // 3.22 is maintained no longer.
  world.upstream.write('alpine', tinyLibrary.alpine);
  await world.upstream.commit('End 3.22');
});

describe('against a registry', () => {
  test('sorts every tag of the source, by its own list, and pulls nothing', async () => {
    world.source.reset();
    const found = await expectJson(world, ['compare']);
    expect(found).toMatchObject({
      schema: 'mirrorlock/compare/v1',
      list: 'registry',
      locked: true,
      totals: {
        images: 2,
        tags: 13,
        maintained: 11,
        selected: 8,
        selectedGroups: 3,
        mirrored: 8,
        excluded: 1,
        unselected: 2,
        ended: 2,
        unknown: 0,
      },
      failures: [],
    });
    const [alpine, busybox] = found['images'] as [Record<string, unknown>, Record<string, unknown>];
    expect(alpine).toMatchObject({
      image: 'alpine',
      counts: { mirrored: 5, unselected: 2, ended: 2 },
      add: [{ rule: { image: 'alpine' }, text: 'alpine', tags: ['3.23.5', '3.23'] }],
    });
    expect(alpine['tags']).toContainEqual({ tag: '3.22', state: 'ended' });
    expect(busybox['tags']).toContainEqual({
      tag: '1.38.0',
      state: 'excluded',
      rules: [
        { kind: 'exclude', file: 'mirrors.yaml', line: expect.any(Number), column: expect.any(Number), image: '*' },
      ],
    });
    expect(world.source.seen().map(({ kind }) => kind)).not.toContain('manifest');
  });

  test('shows the way from the tags of the source to those of the mirror', async () => {
    const { code, stdout } = await mirrorlock(world, ['compare']);
    expect(code).toBe(0);
    expect(stdout.replace(/[\d.]+:\d+\/library/, 'SOURCE')).toMatchInlineSnapshot(`
      "IMAGE    AT SOURCE  MIRRORED  PENDING  NOT LOCKED  EXCLUDED  NO RULE  NOT MAINTAINED  UNKNOWN
      alpine           9         5        0           0         0        2               2        0
      busybox          4         3        0           0         1        0               0        0

      13 tags of 2 images at SOURCE → 11 maintained → 8 by the rules → 3 groups
         2   not in official-images, or not any more
        11 maintained, in 4 groups
         1   excluded by mirrors.yaml:11:7 {image: "*", tags: ["1.38.0"]}: 1
         2   selected by no rule: \`mirrorlock compare IMAGE\` shows rules that would add them
         8 selected by the rules, in 3 groups
         8   locked
      "
    `);
  });

  test('shows of one image which tags have which state, and the rule that would add the others', async () => {
    const { stdout } = await mirrorlock(world, ['compare', 'docker.io/library/alpine']);
    expect(stdout).toContain('alpine: 9 tags at the source\n');
    expect(stdout).toMatch(/^ {2}not maintained +2 {2}3\.22, 3\.22\.2$/m);
    expect(stdout).toMatch(/^ {4}- alpine # 3\.23\.5, 3\.23$/m);
  });

  test.each([
    [['compare', 'alpine:3'], 'compare/bad-image', '`mirrorlock compare alpine`'],
    [['compare', 'quay.io/x/Alpine'], 'compare/bad-image', '`mirrorlock compare alpine`'],
    [['compare', 'alpin'], 'compare/unknown-image', 'Did you mean `alpine`?'],
    [['compare', 'zzzzzz'], 'compare/unknown-image', '`mirrorlock compare --all`'],
    [['compare', '--all', 'alpine'], 'compare/all-and-names', 'Leave out'],
    [['compare', '--list', 'hub'], 'compare/not-the-hub', 'Leave `--list` out'],
  ])('refuses %s', async (args, code, hint) => {
    const result = await mirrorlock(world, args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(code);
    expect(result.stderr).toContain(hint);
  });

  test('of an image whose list cannot be read it says so, and shows the others', async () => {
    world.source.respond(({ url }) =>
      url.startsWith('/v2/library/alpine/tags') ? { status: 403, body: '{"errors":[{"code":"DENIED"}]}' } : undefined,
    );
    try {
      const result = await mirrorlock(world, ['compare', '--json']);
      expect(result.code).toBe(1);
      const { images: found, failures } = JSON.parse(result.stdout);
      expect(found.map(({ image }: { image: string }) => image)).toEqual(['busybox']);
      expect(failures).toMatchObject([{ image: 'alpine', problem: { code: 'registry/denied' } }]);
      expect(result.stderr).toContain('No list of tags for alpine');
    } finally {
      world.source.respond(undefined);
    }
  });

  test('without a lockfile it says so, and counts what the rules select as not locked', async () => {
    const file = join(world.mirror, 'mirrors.lock.yaml');
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    try {
      const result = await mirrorlock(world, ['compare', '--json']);
      expect(result.code).toBe(0);
      expect(JSON.parse(result.stdout)).toMatchObject({ locked: false, totals: { mirrored: 0, unlocked: 8 } });
      expect(result.stderr).toContain('compare/no-lockfile');
    } finally {
      writeFileSync(file, text);
    }
  });
});

describe('against the Hub', () => {
  const atHub = (config: string) => {
    const text = readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8');
    const file = join(world.home, `${config}.yaml`);
    writeFileSync(file, text.replace(/^source: .*$/m, 'source: {registry: docker.io, namespace: library}'));
    return file;
  };

  test('reads its web API, which tells digests and days, and needs no registry', async () => {
    const lock = readLock(world);
    const [alpine] = lock.images;
    const current = lockedGroups(alpine)[0]?.digest ?? '';
    const hub = await startHubWebApi({
      'library/alpine': [
        { name: '3.24', digest: digest('newer'), pushed: '2026-11-20T08:00:00Z' },
        { name: '3', digest: current, pushed: '2026-11-10T08:00:00Z' },
        { name: '2.6', pushed: '2015-01-01T08:00:00Z' },
      ],
      'library/busybox': Array.from({ length: 250 }, (_, index) => ({ name: `old-${index}` })),
    });
    const args = ['compare', '--config', atHub('hub')];
    const json = await mirrorlock(world, [...args, '--json'], hub.env);
    expect(json.code, json.stderr).toBe(0);
    const found = JSON.parse(json.stdout);
    expect(found).toMatchObject({
      source: 'docker.io/library',
      list: 'hub',
      totals: { tags: 253, ended: 251, newer: 1 },
    });
    expect(found.images[0].tags[0]).toMatchObject({
      tag: '3.24',
      state: 'mirrored',
      digest: digest('newer'),
      newer: true,
    });
    expect(new Set(hub.asked)).toEqual(new Set(['hub.docker.com:443']));
    const text = await mirrorlock(world, [...args, 'alpine'], hub.env);
    expect(text.stdout).toContain('3.24 (2026-11-20, newer), 3 (2026-11-10)');
    expect(hub.violations()).toEqual([]);
  });

  test('waits as its limit says, and ends with 4 where that takes minutes', async () => {
    const hub = await startHubWebApi({ 'library/alpine': [{ name: '3' }], 'library/busybox': [] });
    const limited = (after: string) => ({
      status: 429,
      headers: { 'retry-after': after },
      body: '{"detail":"Rate limit exceeded"}',
    });
    hub.respond((_, nth) => (nth === 1 ? limited('1') : undefined));
    const file = atHub('limited');
    const waited = await mirrorlock(world, ['compare', 'alpine', '--json', '--config', file], hub.env);
    expect(waited.code, waited.stderr).toBe(0);
    hub.respond(({ path }) => (path.includes('alpine') ? limited('7200') : undefined));
    const ended = await mirrorlock(world, ['compare', 'alpine', '--config', file], hub.env);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('hub/rate-limited');
    expect(ended.stderr).toContain('--list registry');
  });
});
