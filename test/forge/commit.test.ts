import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildCommit, type CommitPlan } from '../../src/forge/git/commit.ts';
import { commitDate, commitsBetween, readFileAt } from '../../src/forge/git/read.ts';
import { bot, date, type GitScene, gitScene } from './git-support.ts';

function plan(
  { base, temporary }: GitScene,
  files: Record<string, string | null>,
  more: Partial<CommitPlan> = {},
): CommitPlan {
  const message = 'debian: 2 tags moved';
  return {
    base,
    files: new Map(Object.entries(files)),
    message,
    author: bot,
    date,
    temporaryDirectory: temporary,
    ...more,
  };
}

test('a commit holds the files that are given and all others of its base', async () => {
  const all = await gitScene();
  const files = { 'mirrors.lock.yaml': 'version: 1\n', 'sync/debian.yaml': 'a: 1\n', 'sync/naïve name.yaml': '' };
  const built = await buildCommit(all.git, plan(all, files));
  expect(built?.changed).toEqual(['mirrors.lock.yaml', 'sync/debian.yaml', 'sync/naïve name.yaml']);
  const commit = built?.commit ?? '';
  expect(all.run('-c', 'core.quotePath=false', 'ls-tree', '-r', '--name-only', commit).split('\n')).toEqual([
    'README.md',
    ...(built?.changed ?? []),
  ]);
  expect(all.run('rev-parse', `${commit}^`)).toBe(all.base);
  expect(all.run('rev-parse', `${commit}^{tree}`)).toBe(built?.tree);
  expect(all.run('show', '--no-patch', '--format=%an|%ae|%aI|%cn|%ce|%cI|%B', commit)).toMatch(
    /^mirrorlock\|mirrorlock@example.com\|2026-08-21T12:00:00\+00:00\|mirrorlock\|mirrorlock@example.com\|2026-08-21T12:00:00\+00:00\|debian: 2 tags moved\n\nMirrorlock-Content: \w{32}$/,
  );
  expect(await readFileAt(all.git, commit, 'sync/debian.yaml')).toBe('a: 1\n');
  expect(await readFileAt(all.git, commit, 'sync')).toBeUndefined();
  expect(await commitDate(all.git, commit)).toEqual(date);
});

test('the same plan gives the same commit, in another clone too', async () => {
  const one = await gitScene();
  const files = { b: 'b\n', a: 'a\n' };
  const first = await buildCommit(one.git, plan(one, files));
  const again = await buildCommit(one.git, plan(one, { a: 'a\n', b: 'b\n' }));
  const other = await gitScene();
  expect(other.base).toBe(one.base);
  expect(again).toEqual(first);
  expect(await buildCommit(other.git, plan(other, files))).toEqual(first);
});

test('files that are as they were make no commit', async () => {
  const all = await gitScene();
  expect(await buildCommit(all.git, plan(all, { 'README.md': '# A mirror\n', 'not-there': null }))).toBeUndefined();
});

test('files are removed, and a folder takes the place of a file and back', async () => {
  const all = await gitScene();
  const first = await buildCommit(all.git, plan(all, { 'README.md': null, sync: 'a file\n' }));
  expect(all.run('ls-tree', '-r', '--name-only', first?.commit ?? '')).toBe('sync');
  const second = await buildCommit(all.git, plan(all, { 'sync/a.yaml': 'a\n' }, { base: first?.commit ?? '' }));
  expect(all.run('ls-tree', '-r', '--name-only', second?.commit ?? '')).toBe('sync/a.yaml');
  const third = await buildCommit(
    all.git,
    plan(all, { 'sync/a.yaml': null, sync: 'b\n' }, { base: second?.commit ?? '' }),
  );
  expect(all.run('ls-tree', '-r', '--name-only', third?.commit ?? '')).toBe('sync');
});

test('a file that may be executed still may be', async () => {
  const all = await gitScene();
  writeFileSync(join(all.git.directory, 'run.sh'), '#!/bin/sh\n');
  chmodSync(join(all.git.directory, 'run.sh'), 0o755);
  all.run('add', 'run.sh');
  all.run('commit', '--quiet', '-m', 'A script');
  const base = all.run('rev-parse', 'HEAD');
  const built = await buildCommit(all.git, plan(all, { 'run.sh': '#!/bin/sh\nexit\n' }, { base }));
  expect(all.run('ls-tree', built?.commit ?? '', 'run.sh')).toMatch(/^100755 /);
});

test('the user’s work tree, index, branches and hooks are not touched, and nothing temporary stays', async () => {
  const all = await gitScene();
  const { directory } = all.git;
  writeFileSync(join(directory, 'README.md'), 'changed by hand\n');
  writeFileSync(join(directory, 'staged.txt'), 'staged\n');
  writeFileSync(join(directory, '.gitattributes'), '* text eol=crlf\n');
  all.run('add', 'staged.txt');
  all.run('config', 'core.autocrlf', 'true');
  all.run('config', 'core.splitIndex', 'true');
  mkdirSync(join(directory, '.git/hooks'), { recursive: true });
  for (const hook of ['pre-commit', 'commit-msg', 'post-index-change', 'reference-transaction', 'pre-push']) {
    writeFileSync(
      join(directory, '.git/hooks', hook),
      `#!/bin/sh\ntouch '${join(all.temporary, 'hook-ran')}'\nexit 1\n`,
    );
    chmodSync(join(directory, '.git/hooks', hook), 0o755);
  }
  const state = () => ({
    status: all.run(
      '-c',
      'core.hooksPath=/dev/null',
      '-c',
      'core.fsmonitor=false',
      'status',
      '--porcelain=v2',
      '--branch',
    ),
    refs: all.run('for-each-ref'),
    index: readFileSync(join(directory, '.git/index')),
    names: readdirSync(join(directory, '.git')).sort(),
    files: readdirSync(directory).sort(),
    text: readFileSync(join(directory, 'README.md'), 'utf8'),
  });
  const before = state();
  const built = await buildCommit(all.git, plan(all, { 'README.md': 'by the bot\n' }));
  expect(await readFileAt(all.git, built?.commit ?? '', 'README.md')).toBe('by the bot\n');
  expect(state()).toEqual(before);
  expect(existsSync(join(all.temporary, 'hook-ran'))).toBe(false);
  expect(readdirSync(all.temporary)).toEqual(['checkout']);
});

test('a shallow clone is enough', async () => {
  const all = await gitScene();
  await all.repository.commit('alice', 'main', { 'a.txt': 'a\n' });
  const shallow = join(all.temporary, 'shallow');
  all.run('clone', '--quiet', '--depth=1', `file://${all.repository.git.folder}`, shallow);
  const git = { ...all.git, directory: shallow };
  const base = (await all.repository.git.find('main')) ?? '';
  const built = await buildCommit(git, plan(all, { 'b.txt': 'b\n' }, { base }));
  expect(built?.changed).toEqual(['b.txt']);
});

test('a base that is not there is told, and a path that no repository can have is a bug', async () => {
  const all = await gitScene();
  await expect(buildCommit(all.git, plan(all, { a: 'a' }, { base: 'f'.repeat(40) }))).rejects.toMatchObject({
    kind: 'git',
  });
  for (const path of ['/etc/passwd', '../a', 'a//b', '.git/config', 'a/.GIT/b', 'a\0b', '']) {
    await expect(buildCommit(all.git, plan(all, { [path]: 'a' })), path).rejects.toThrow('not a path');
  }
  expect(readdirSync(all.temporary)).toEqual(['checkout']);
});

test('whatever is committed is read back, and differs from nothing', async () => {
  const all = await gitScene();
  const name = fc.stringMatching(/^[a-z][a-z0-9 .'"\\é-]{0,8}$/).filter((text) => !/^\.git$/i.test(text));
  const files = fc.dictionary(name, fc.string({ unit: 'grapheme', maxLength: 40 }), {
    minKeys: 1,
    maxKeys: 5,
    noNullPrototype: true,
  });
  await fc.assert(
    fc.asyncProperty(files, async (contents) => {
      const built = await buildCommit(all.git, plan(all, contents));
      const commit = built?.commit ?? '';
      expect(built?.changed).toEqual(Object.keys(contents).sort());
      expect(await buildCommit(all.git, plan(all, contents, { base: commit }))).toBeUndefined();
      for (const [path, content] of Object.entries(contents)) {
        expect(await readFileAt(all.git, commit, path)).toBe(content);
      }
    }),
    { numRuns: 15 },
  );
});

test('the commits of a branch tell who wrote and who committed each', async () => {
  const all = await gitScene();
  const built = await buildCommit(
    all.git,
    plan(all, { a: 'a\n' }, { committer: { name: 'Other', email: 'other@example.com' } }),
  );
  expect(await commitsBetween(all.git, all.base, built?.commit ?? '')).toEqual([
    {
      commit: built?.commit,
      parents: [all.base],
      authorEmail: bot.email,
      committerEmail: 'other@example.com',
      subject: 'debian: 2 tags moved',
    },
  ]);
  expect(await commitsBetween(all.git, all.base, all.base)).toEqual([]);
});
