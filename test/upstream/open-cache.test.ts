import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { git, open, problemOf } from '../support/open-upstream.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeUpstream, type UpstreamRepository } from '../support/upstream.ts';

const library = { alpine: 'Maintainers: A (@a)\n', golang: 'Maintainers: B (@b)\n' };
let upstream: UpstreamRepository;
let sha: string;
let cacheDirectory: string;

beforeEach(async () => {
  upstream = await makeUpstream(join(temporaryDirectory().path, 'up'), library);
  sha = await git(upstream.path, 'rev-parse', 'HEAD');
  cacheDirectory = join(temporaryDirectory().path, 'cache');
});

const read = (ref = 'master') => open(upstream.path, ref, { cacheDirectory });

/** The folder of the only upstream in the cache. */
function folder(): string {
  return join(
    cacheDirectory,
    'upstream',
    readdirSync(join(cacheDirectory, 'upstream')).find((name) => !name.includes('.')) ?? '',
  );
}

const repository = (): string => join(folder(), 'sha1.git');

test('a whole commit that was read once is read again when upstream is away', async () => {
  const first = await read();
  rmSync(upstream.path, { recursive: true });
  expect(await read(sha)).toEqual(first);
  expect((await problemOf(read())).code).toBe('upstream/not-a-repository');
});

test('a folder in the cache is kept for each upstream', async () => {
  const other = await makeUpstream(join(temporaryDirectory().path, 'up'), { debian: 'Maintainers: C (@c)\n' });
  await read();
  const { files } = await open(other.path, 'master', { cacheDirectory });
  expect(files.map(({ name }) => name)).toEqual(['debian']);
  expect(readdirSync(join(cacheDirectory, 'upstream'))).toHaveLength(2);
});

describe('a damaged cache is made anew, with a note', () => {
  const eachPack = (damage: (path: string) => void) => (): void => {
    const folder = join(repository(), 'objects', 'pack');
    for (const name of readdirSync(folder)) damage(join(folder, name));
  };
  const emptyPacks = eachPack((path) => truncateSync(path, 0));
  const damages: [string, () => void][] = [
    ['HEAD is gone', () => rmSync(join(repository(), 'HEAD'))],
    ['the config is nonsense', () => writeFileSync(join(repository(), 'config'), '[core\n\0')],
    ['objects are gone', () => rmSync(join(repository(), 'objects'), { recursive: true })],
    ['packs are empty', emptyPacks],
    ['packs are cut', eachPack((path) => truncateSync(path, Math.floor(readFileSync(path).length / 2)))],
    ['packs hold other bytes', eachPack(scramble)],
  ];

  test.each(damages)('%s', async (_, damage) => {
    const first = await read();
    damage();
    const again = await read();
    expect(again.files).toEqual(first.files);
    expect(again.commit).toEqual(first.commit);
    expect(again.notes.map(({ code, severity }) => [code, severity])).toEqual([['upstream/cache-rebuilt', 'warning']]);
    expect((await read()).notes).toEqual([]);
  });

  test('also when a whole commit is asked for', async () => {
    const first = await read();
    emptyPacks();
    expect((await read(sha)).files).toEqual(first.files);
  });

  test('what a killed git left behind is such a damage where it is in the way', async () => {
    await read();
    const next = await upstream.commit('next');
    writeFileSync(join(repository(), 'shallow.lock'), '');
    const snapshot = await read();
    expect(snapshot.commit.sha).toBe(next);
    expect(existsSync(join(repository(), 'shallow.lock'))).toBe(false);
  });

  function scramble(path: string): void {
    const bytes = readFileSync(path);
    rmSync(path);
    writeFileSync(
      path,
      bytes.map((byte, index) =>
        path.endsWith('.pack') && index > 12 && index < bytes.length - 20 ? byte ^ 0x55 : byte,
      ),
    );
  }
});

describe('C5: nothing that others wrote into the cached repository runs', () => {
  /** A program that leaves a trace, and what it leaves. */
  function trap(): { program: string; hasRun: () => boolean } {
    const folder = temporaryDirectory().path;
    const program = join(folder, 'trap');
    writeFileSync(program, `#!/bin/sh\ntouch ${folder}/ran\nexit 1\n`, { mode: 0o755 });
    return { program, hasRun: () => existsSync(join(folder, 'ran')) };
  }
  const setting = (key: string, value = (program: string) => program) => [
    `the setting ${key}`,
    (program: string) => git(repository(), 'config', key, value(program)),
  ];
  const hook = (name: string) => [
    `hooks/${name}`,
    (program: string) => {
      mkdirSync(join(repository(), 'hooks'));
      writeFileSync(join(repository(), 'hooks', name), readFileSync(program), { mode: 0o755 });
    },
  ];

  test.each([
    hook('reference-transaction'),
    setting('remote.origin.uploadpack'),
    setting('remote.origin.vcs', () => 'ext'),
    setting('core.hooksPath', (program) => join(program, '..')),
    setting('core.fsmonitor'),
    setting('core.sshCommand'),
    setting('core.alternateRefsCommand'),
    setting('credential.helper'),
    setting('include.path'),
    setting('extensions.partialClone', () => 'origin'),
    setting('http.sslVerify', () => 'false'),
    [
      'another common folder',
      async (program: string) => {
        const other = join(temporaryDirectory().path, 'other');
        await git(temporaryDirectory().path, 'clone', '--quiet', '--bare', upstream.path, other);
        await git(other, 'config', 'remote.origin.uploadpack', program);
        writeFileSync(join(repository(), 'commondir'), other);
      },
    ],
  ] as [string, (program: string) => unknown][])('%s', async (_, plant) => {
    await read();
    const { program, hasRun } = trap();
    await plant(program);
    const next = await upstream.commit('next');
    const { commit, notes } = await read();
    expect(commit.sha).toBe(next);
    expect(notes.map(({ code }) => code)).toEqual(['upstream/cache-rebuilt']);
    expect(hasRun()).toBe(false);
    expect((await read(sha)).commit.sha).toBe(sha);
    expect((await read()).notes).toEqual([]);
  });

  test('also where a whole commit is read from the cache only', async () => {
    await read();
    const { program, hasRun } = trap();
    await git(repository(), 'config', 'extensions.partialClone', 'origin');
    await git(repository(), 'config', 'remote.origin.promisor', 'true');
    await git(repository(), 'config', 'remote.origin.uploadpack', program);
    expect((await read(sha)).commit.sha).toBe(sha);
    expect(hasRun()).toBe(false);
  });
});

test('a file in the place of the cached repository is replaced', async () => {
  await read();
  rmSync(repository(), { recursive: true });
  writeFileSync(repository(), 'x');
  expect((await read()).commit.sha).toBe(sha);
});

test('a repository that many fetches have worn is made anew, without a note', async () => {
  await read();
  const pack = join(repository(), 'objects', 'pack');
  mkdirSync(pack, { recursive: true });
  for (let number = 0; number < 65; number++) writeFileSync(join(pack, `pack-${number}.pack`), '');
  expect((await read()).notes).toEqual([]);
  expect(readdirSync(pack).length).toBeLessThan(10);
});

describe('two runs at once', () => {
  test('in one process read the same, one after the other', async () => {
    const snapshots = await Promise.all([read(), read(), read(sha), read(sha.slice(0, 8))]);
    for (const { commit, files, notes } of snapshots) {
      expect(commit.sha).toBe(sha);
      expect(files).toHaveLength(2);
      expect(notes).toEqual([]);
    }
  });

  test('of two processes read the same', async () => {
    const script = fileURLToPath(new URL('open-once.ts', import.meta.url));
    const run = async () => {
      const args = ['--import', 'tsx', script, upstream.path, 'master', cacheDirectory];
      return (await promisify(execFile)(process.execPath, args)).stdout;
    };
    const expected = JSON.stringify({ sha, files: 2, notes: [] });
    expect(await Promise.all([run(), run()])).toEqual([expected, expected]);
  });

  test('do not wait for one that was killed', async () => {
    await read();
    mkdirSync(`${folder()}.lock`);
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(`${folder()}.lock`, longAgo, longAgo);
    expect((await read()).commit.sha).toBe(sha);
    expect(existsSync(`${folder()}.lock`)).toBe(false);
  });

  test('end the waiting at an interrupt', async () => {
    await read();
    mkdirSync(`${folder()}.lock`);
    const interrupt = new AbortController();
    const work = problemOf(open(upstream.path, 'master', { cacheDirectory, signal: interrupt.signal }));
    interrupt.abort();
    expect(await work).toMatchObject({ code: 'upstream/interrupted', exitCode: 130 });
  });
});
