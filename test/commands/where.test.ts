import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { formatLockfile } from '../../src/lock/format.ts';
import type { Lockfile } from '../../src/lock/types.ts';
import { runCli } from '../support/cli.ts';
import { gitIn } from '../support/git.ts';
import { digest, kept, locked, lockedImage, lockfile, pending, rewritten } from '../support/lockfiles.ts';
import { root } from '../support/project-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const configuration = `version: 1
destinations:
  - {name: main, registry: registry.example.com, namespace: library}
  - {name: other, registry: "\${REGION:-eu}.example.com", namespace: ""}
images:
  include: [alpine, debian, redis]
  exclude: [{image: alpine, tags: ["*-rc*"]}]
`;

const first = lockfile(
  lockedImage('alpine', locked('a', '3.23 3 latest')),
  lockedImage('redis', locked('r', '8 latest')),
);
const second = lockfile(
  lockedImage('alpine', locked('b', '3.24 3 latest'), locked('a', '3.23')),
  lockedImage('redis', locked('r', '8 latest')),
);
const third = lockfile(
  lockedImage('alpine', pending('3.25 3'), locked('b', '3.24 3 latest'), locked('a', '3.23')),
  lockedImage('debian', rewritten('13 latest', kept('d', 'linux/amd64', 'linux/arm64/v8'))),
);

let folder: string;
const commits: string[] = [];

beforeAll(async () => {
  folder = temporaryDirectory().path;
  writeFileSync(join(folder, 'mirrors.yaml'), configuration);
  await gitIn(folder)('init', '--quiet');
  for (const [index, one] of [first, second, third].entries()) {
    writeLock(folder, one);
    const git = gitIn(folder, { name: 'bot', email: 'bot@example.com', date: `2026-0${index + 1}-01T00:00:00Z` });
    await git('add', '--all');
    await git('commit', '--quiet', '--message=Update');
    commits.push(await git('rev-parse', 'HEAD'));
  }
});

function writeLock(where: string, one: Lockfile): void {
  writeFileSync(join(where, 'mirrors.lock.yaml'), formatLockfile(one));
}

async function json(args: readonly string[], code = 0): Promise<Record<string, unknown>> {
  const result = await runCli([...args, '--json'], { cwd: folder });
  expect(result.code, result.stderr).toBe(code);
  return JSON.parse(result.stdout);
}

describe('where', () => {
  test('says the digest, since when, which tags are the same, and how to pull it from each destination', async () => {
    const pinned = `:3@${digest('b')}`;
    expect(await json(['where', 'alpine:3'])).toEqual({
      schema: 'mirrorlock/where/v1',
      reference: 'alpine:3',
      image: 'alpine',
      tag: '3',
      state: 'locked',
      pending: true,
      digest: digest('b'),
      tags: ['3.24', '3', 'latest'],
      since: { time: '2026-02-01T00:00:00Z', commit: commits[1] },
      pull: [
        {
          destination: 'main',
          reference: 'registry.example.com/library/alpine:3',
          pinned: `registry.example.com/library/alpine${pinned}`,
        },
        { destination: 'other', reference: 'eu.example.com/alpine:3', pinned: `eu.example.com/alpine${pinned}` },
      ],
    });
  });

  test.each([
    ['alpine', '3.24'],
    ['library/alpine:latest', '3.24'],
    ['docker.io/library/alpine:3.24', '3.24'],
    ['docker://registry.example.com/library/alpine:3.24', '3.24'],
    ['eu.example.com/alpine:3.24', '3.24'],
    [`alpine@${digest('b')}`, '3.24'],
    [`alpine:3.23@${digest('a')}`, '3.23'],
    [`debian@${digest('d linux/amd64')}`, '13'],
  ])('takes %s as it is pasted', async (reference, tag) => {
    const found = await json(['where', reference]);
    expect(found).toMatchObject({ state: 'locked', tags: expect.arrayContaining([tag]) });
  });

  test.each([
    ['alpine:3.25', { state: 'pending' }],
    ['alpine:3.26-rc1', { state: 'absent', reason: 'excluded', rules: [{ kind: 'exclude', line: 7 }] }],
    ['alpine:3.2', { state: 'absent', reason: 'not-announced', nearest: expect.arrayContaining(['alpine:3.24']) }],
    ['alpin:3', { state: 'absent', reason: 'no-rule', nearest: ['alpine'] }],
    [`alpine@${digest('z')}`, { state: 'absent', reason: 'other-digest' }],
  ])('says why %s is not here', async (reference, expected) => {
    expect(await json(['where', reference], 3)).toMatchObject(expected);
  });

  test('says until when a tag was here', async () => {
    const ended = { time: '2026-03-01T00:00:00Z', commit: commits[2], digest: digest('r') };
    expect(await json(['where', 'redis:8'], 3)).toMatchObject({ state: 'absent', reason: 'not-announced', ended });
    const { stdout } = await runCli(['where', 'redis:8'], { cwd: folder });
    expect(stdout).toContain(`was here until 2026-03-01T00:00:00Z at ${digest('r')}`);
  });

  test.each([
    ['redis', 'r', { time: '2026-03-01T00:00:00Z', at: 2, tags: ['8', 'latest'] }],
    ['redis:8', 'r', { time: '2026-03-01T00:00:00Z', at: 2, tags: ['8', 'latest'] }],
  ])('says until when %s was pinned at a digest that is gone', async (name, one, { time, at, tags }) => {
    const reference = `${name}@${digest(one)}`;
    const ended = { time, commit: commits[at], digest: digest(one), tags };
    expect(await json(['where', reference], 3)).toMatchObject({ reason: 'other-digest', ended });
    const { stdout } = await runCli(['where', reference], { cwd: folder });
    expect(stdout).toContain(`was here until ${time} as ${tags.join(', ')} (commit `);
  });

  test.each([`debian:13@${digest('a')}`, `redis@${digest('a')}`])(
    'says no such time of %s, which never was',
    async (reference) => {
      expect(await json(['where', reference], 3)).not.toHaveProperty('ended');
    },
  );

  test('of a digest that the tag has left, gives the tags that have it, to pull and since when', async () => {
    const reference = `alpine:3@${digest('a')}`;
    expect(await json(['where', reference])).toMatchObject({
      ...{ state: 'locked', tag: '3', digest: digest('a'), tags: ['3.23'] },
      since: { time: '2026-01-01T00:00:00Z', commit: commits[0] },
      pull: [{ reference: 'registry.example.com/library/alpine:3.23' }, { reference: 'eu.example.com/alpine:3.23' }],
    });
    const { stdout } = await runCli(['where', reference], { cwd: folder });
    expect(stdout).toContain('alpine:3 is not at this digest');
    expect(stdout).not.toContain('alpine:3\n');
  });

  test('names the command that lists the tags of an image that is here, and of no other', async () => {
    const text = async (reference: string) => (await runCli(['where', reference], { cwd: folder })).stdout;
    expect(await text('debian:99')).toContain('`mirrorlock ls debian` lists its tags.');
    expect(await text(`alpine@${digest('z')}`)).toContain('`mirrorlock ls alpine` lists its tags.');
    expect(await text('redis')).not.toContain('mirrorlock ls');
  });

  test.each([
    ['quay.io/foo/alpine:3', 'where/other-registry'],
    ['Alpine', 'where/bad-reference'],
    ['alpine:', 'where/bad-reference'],
    ['alpine:a:b', 'where/bad-reference'],
    ['alpine@sha256:12', 'where/bad-reference'],
    ['<script>', 'where/bad-reference'],
    ['alpine/3.24', 'names such as `debian`'],
    ['quay.io/foo/own:3', 'names such as `debian`'],
    ['quay.io/foo/redis', 'names such as `debian`'],
    ['quay.io/foo/alpine', 'names such as `alpine`'],
  ])('refuses %s', async (reference, code) => {
    const result = await runCli(['where', reference], { cwd: folder });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(code);
  });

  test('needs no git: then it does not say since when', async () => {
    const { path } = temporaryDirectory();
    writeFileSync(join(path, 'mirrors.yaml'), configuration);
    writeLock(path, third);
    for (const env of [{}, { PATH: '/nonexistent' }]) {
      const { code, stdout } = await runCli(['where', 'alpine:3.24'], { cwd: path, env });
      expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('since      not known') });
    }
  });

  test('reads earlier versions that are not in the written form, and goes past one that cannot be read', async () => {
    const { path } = temporaryDirectory();
    writeFileSync(join(path, 'mirrors.yaml'), configuration);
    const git = gitIn(path);
    await git('init', '--quiet');
    const text = formatLockfile(first);
    for (const one of ['broken: [', text.replaceAll('"', "'"), text]) {
      writeFileSync(join(path, 'mirrors.lock.yaml'), one);
      await git('add', '--all');
      await git('commit', '--quiet', '--message=Update');
    }
    const since = await git('rev-parse', 'HEAD~1');
    const { stdout } = await runCli(['where', 'alpine:3.23', '--json'], { cwd: path });
    expect(JSON.parse(stdout)).toMatchObject({ since: { commit: since } });
  });
});

describe('ls', () => {
  test('lists the images, and the tags of one with their digests and platforms', async () => {
    expect((await json(['ls'])).images).toEqual([
      { image: 'alpine', tags: 4, digests: 2, pending: 2 },
      { image: 'debian', tags: 2, digests: 1, pending: 0 },
    ]);
    expect((await json(['ls', 'alpine'])).tags).toEqual([
      { tag: '3.24', digest: digest('b'), pending: false },
      { tag: '3', digest: digest('b'), pending: true },
      { tag: 'latest', digest: digest('b'), pending: false },
      { tag: '3.23', digest: digest('a'), pending: false },
      { tag: '3.25', digest: null, pending: true },
    ]);
    const { stdout } = await runCli(['ls', 'debian'], { cwd: folder });
    expect(stdout).toMatch(
      /^TAG {5}DIGEST +STATE {3}PLATFORMS\n13 {6}sha256:[0-9a-f]{64} {2}locked {2}linux\/amd64, linux\/arm64/,
    );
  });

  test('shows chosen columns, sorted, and all fields in JSON', async () => {
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCli(['ls', ...args], { cwd: folder });
      expect(code, stderr).toBe(0);
      return stdout;
    };
    expect(await run('alpine', '--columns', 'tag,aliases,state,since', '--sort', 'tag')).toBe(
      [
        'TAG     ALIASES       STATE          SINCE',
        '3       3.24, latest  newer pending  2026-02-01T00:00:00Z',
        '3.23                  locked         2026-01-01T00:00:00Z',
        '3.24    3, latest     locked         2026-02-01T00:00:00Z',
        '3.25                  pending',
        'latest  3.24, 3       locked         2026-02-01T00:00:00Z',
        '',
      ].join('\n'),
    );
    expect(await run('--columns', 'tags,image', '--sort=tags')).toBe('TAGS  IMAGE\n2     debian\n4     alpine\n');
    expect(await run('--columns', 'image, TAG', '--sort=tag', '--reverse')).toMatch(
      /^IMAGE +TAG\n(?:alpine|debian) +latest\n/,
    );
    expect(await run('--sort=tags')).toBe(
      'IMAGE   TAGS  DIGESTS  PENDING\ndebian     2        1        0\nalpine     4        2        2\n',
    );
    const rows = JSON.parse(await run('debian', '--columns', 'tag', '--json'));
    expect(rows.tags[0]).toEqual({
      ...{
        image: 'debian',
        tag: '13',
        digest: expect.any(String),
        pending: false,
        state: 'locked',
        aliases: ['latest'],
      },
      platforms: ['linux/amd64', 'linux/arm64/v8'],
      since: { time: '2026-03-01T00:00:00Z', commit: commits[2] },
    });
  });

  test('says no time of what is not committed', async () => {
    const { path } = temporaryDirectory();
    writeLock(path, third);
    const { stdout } = await runCli(['ls', 'alpine', '--columns=tag,since', '--json'], { cwd: path });
    expect(JSON.parse(stdout).tags.filter((row: object) => 'since' in row)).toEqual([]);
  });

  test.each([
    [['--columns', 'tagg'], 'Did you mean `tag`?'],
    [
      ['alpine', '--columns', 'tag,size'],
      'Columns of tags are image, tag, digest, state, platforms, aliases, since, commit',
    ],
    [['--columns', ''], 'Columns of tags are'],
    [['alpine', '--sort', 'toString'], 'Columns of tags are'],
    [['--columns', 'tag,digests'], 'of images image, tags, digests, pending'],
    [['alpine', '--columns', 'tags'], 'Columns of tags are'],
  ])('refuses %s, and says which columns there are', async (args, hint) => {
    const result = await runCli(['ls', ...args], { cwd: folder });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('ls/unknown-column');
    expect(result.stderr).toContain(hint);
  });

  test.each([
    ['alpin', 'Did you mean `alpine`?'],
    ['library/alpine:3', '`mirrorlock ls alpine`'],
    ['zzz', '`mirrorlock ls` lists the images.'],
  ])('says of %s that the lockfile does not have it', async (image, hint) => {
    const result = await runCli(['ls', image], { cwd: folder });
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain('ls/unknown-image');
    expect(result.stderr).toContain(hint);
  });
});

test.each([['where', 'alpine:3'], ['ls']])('%s says what is wrong with a lockfile', async (...args) => {
  const { path } = temporaryDirectory();
  writeFileSync(join(path, 'mirrors.yaml'), configuration);
  const run = () => runCli(args, { cwd: path });
  expect((await run()).stderr).toContain('lock/missing');
  for (const [text, code] of [
    ['', 'lock/invalid'],
    [formatLockfile(first).replace('version: 1', 'version: 9'), 'lock/newer-version'],
    [formatLockfile(first).replace('  redis', '=======\n  redis'), 'lock/merge-conflict'],
  ] as const) {
    writeFileSync(join(path, 'mirrors.lock.yaml'), text);
    const result = await run();
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 2, stdout: '' });
    expect(result.stderr).toContain(code);
  }
});

/** 13,000 lines, as the whole library's lockfile has. */
const wholeLibrary = lockfile(
  ...Array.from({ length: 140 }, (_, image) =>
    lockedImage(
      `image${image}`,
      ...Array.from({ length: 16 }, (_, group) =>
        locked(`${image} ${group}`, `1.${group}-a 1.${group}-b 1.${group}-c 1.${group}-d`),
      ),
    ),
  ),
);

test.each([['ls'], ['ls', 'image7'], ['where', 'image7:1.3-b']])(
  '%s %s reads 13,000 lines without the YAML parser, and at little more than twice the CPU of a bare node',
  async (...args) => {
    const { path } = temporaryDirectory();
    writeFileSync(join(path, 'mirrors.yaml'), configuration);
    writeLock(path, wholeLibrary);
    expect(readFileSync(join(path, 'mirrors.lock.yaml'), 'utf8').split('\n').length).toBeGreaterThan(13_000);
    const least = async (command: readonly string[]) => {
      const times: number[] = [];
      for (let run = 0; run < 5; run++) times.push(await cpuOf(command, path));
      return Math.min(...times);
    };
    // The first `where` of a mirrors.yaml remembers the places that it names.
    await cpuOf([join(root, 'bin/mirrorlock.js'), ...args], path);
    const bare = await least(['-e', '0']);
    const own = await least([join(root, 'bin/mirrorlock.js'), ...args]);
    expect(own / bare, `${own} µs, node ${bare} µs`).toBeLessThanOrEqual(8);
  },
);

/** The CPU that a run of node takes, with what it starts, in microseconds. */
async function cpuOf(args: readonly string[], cwd: string): Promise<number> {
  const { stderr } = await execa(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1', 'time', process.execPath, ...args],
    // Certificates that the environment names are read at each start, of the bare node too.
    { cwd, env: { NODE_EXTRA_CA_CERTS: '', MIRRORLOCK_CACHE: join(cwd, 'cache') } },
  );
  const [user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return (user + system) * 1e6;
}

test('where says since when in a folder of a repository, a worktree and a shallow clone', async () => {
  const { path } = temporaryDirectory();
  const mirror = join(path, 'repository', 'mirrors', 'own');
  mkdirSync(mirror, { recursive: true });
  writeFileSync(join(mirror, 'mirrors.yaml'), configuration);
  const git = gitIn(join(path, 'repository'));
  await git('init', '--quiet');
  for (const one of [first, second, second]) {
    writeLock(mirror, one);
    await git('add', '--all');
    await git('commit', '--quiet', '--allow-empty', '--message=Update');
  }
  const [newest = '', changed = ''] = (await git('rev-list', 'HEAD')).split('\n');
  await git('worktree', 'add', '--quiet', '--detach', join(path, 'worktree'));
  await gitIn(path)('clone', '--quiet', '--depth=1', `file://${path}/repository`, 'shallow');
  const since = async (folder: string) =>
    (await runCli(['where', 'alpine:3', '-C', join(path, folder, 'mirrors', 'own')])).stdout;
  for (const folder of ['repository', 'worktree']) {
    expect(await since(folder)).toMatch(new RegExp(`since .*commit ${changed.slice(0, 12)}\\)\n`));
  }
  expect(await since('shallow')).toContain(`(commit ${newest.slice(0, 12)}), or earlier: the clone is shallow`);
  const { stdout } = await runCli(['where', 'alpine:3', '--json', '-C', join(path, 'shallow', 'mirrors', 'own')]);
  expect(JSON.parse(stdout).since).toMatchObject({ commit: newest, orEarlier: true });
});

test('ls says what its words mean, those that are there', async () => {
  const text = async (...args: string[]) => (await runCli(['ls', ...args], { cwd: folder })).stdout;
  expect(await text()).toMatch(/\n\(pending: announced by upstream, and not published yet\)\n$/);
  expect(await text('alpine')).toMatch(/\n\(pending: announced .*; newer pending: stays at its digest .*\)\n$/);
  expect(await text('debian')).not.toContain('(');
});
