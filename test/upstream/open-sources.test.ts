import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGitHttp } from '../support/git-http.ts';
import { git, open } from '../support/open-upstream.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeUpstream } from '../support/upstream.ts';

const names = ['alpine', 'golang'];
const library = Object.fromEntries(names.map((name) => [name, `Maintainers: A (@a)\n# ${name}\n`]));

/** One upstream in all its forms, below one folder: `work` (a work tree), `bare.git`, `copy.bundle`. */
async function makeForms() {
  const root = temporaryDirectory().path;
  const upstream = await makeUpstream(join(root, 'work'), library);
  const sha = await git(upstream.path, 'rev-parse', 'HEAD');
  await git(root, 'clone', '--quiet', '--bare', 'work', 'bare.git');
  await git(upstream.path, 'bundle', 'create', '--quiet', join(root, 'copy.bundle'), '--all');
  return { root, sha };
}

test.each([
  ['a work tree', 'work'],
  ['a bare repository', 'bare.git'],
  ['a bundle', 'copy.bundle'],
])('%s is read by its path', async (_, form) => {
  const { root, sha } = await makeForms();
  const snapshot = await open(join(root, form), 'master');
  expect(snapshot.commit).toEqual({ repository: join(root, form), sha });
  expect(snapshot.files.map(({ name, text }) => [name, text])).toEqual(Object.entries(library));
  expect(snapshot.refusals).toEqual([]);
  expect(snapshot.notes).toEqual([]);
});

test.each(['work', 'bare.git', 'copy.bundle'])('a file:// URL is read: %s', async (form) => {
  const { root, sha } = await makeForms();
  const snapshot = await open(`file://${join(root, form)}`, 'master');
  expect(snapshot.commit).toEqual({ repository: `file://${join(root, form)}`, sha });
  expect(snapshot.files.map(({ name }) => name)).toEqual(names);
});

test('an HTTP URL is read', async () => {
  const { root, sha } = await makeForms();
  const server = await startGitHttp(root);
  const snapshot = await open(`${server.url}/bare.git`, 'master');
  expect(snapshot.commit).toEqual({ repository: `${server.url}/bare.git`, sha });
  expect(snapshot.files.map(({ name }) => name)).toEqual(names);
});

test('a relative path is relative to the directory that is given, and kept as it was written', async () => {
  const { root, sha } = await makeForms();
  const snapshot = await open('./bare.git', 'master', { directory: root });
  expect(snapshot.commit).toEqual({ repository: './bare.git', sha });
});

test('a path that begins with a dash is no option', async () => {
  const { root, sha } = await makeForms();
  await git(root, 'clone', '--quiet', '--bare', 'work', './--upload-pack=touch hacked');
  const address = join(root, '--upload-pack=touch hacked');
  expect((await open(address, 'master')).commit.sha).toBe(sha);
});

test('a clone that is shallow itself is read', async () => {
  const { root } = await makeForms();
  await git(join(root, 'work'), 'commit', '--quiet', '--allow-empty', '--message=second');
  const sha = await git(join(root, 'work'), 'rev-parse', 'HEAD');
  await git(root, 'clone', '--quiet', '--depth=1', `file://${join(root, 'work')}`, 'shallow');
  expect((await open(join(root, 'shallow'), 'master')).commit.sha).toBe(sha);
  expect((await open(join(root, 'shallow'), sha.slice(0, 8))).commit.sha).toBe(sha);
});

test('a repository with SHA-256 names is read', async () => {
  const root = temporaryDirectory().path;
  const upstream = await makeUpstream(join(root, 'work'), library);
  await git(root, 'init', '--quiet', '--object-format=sha256', 'long');
  await git(root, '-C', 'long', '--work-tree', upstream.path, 'add', 'library');
  await git(root, '-C', 'long', 'commit', '--quiet', '--message=first');
  const sha = await git(root, '-C', 'long', 'rev-parse', 'HEAD');
  expect(sha).toHaveLength(64);
  for (const ref of ['HEAD', sha, sha.slice(0, 10)]) {
    expect((await open(join(root, 'long'), ref)).commit.sha).toBe(sha);
  }
});
