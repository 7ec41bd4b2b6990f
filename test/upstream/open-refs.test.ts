import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeUpstream, type UpstreamRepository } from '../support/upstream.ts';
import { git, open, problemOf } from './support.ts';

const library = { alpine: 'Maintainers: A (@a)\n' };

describe('a ref of upstream', () => {
  let upstream: UpstreamRepository;
  const cacheDirectory = join(temporaryDirectory().path, 'cache');
  const commits: string[] = [];
  const read = async (ref: string) => (await open(upstream.path, ref, { cacheDirectory })).commit.sha;

  beforeAll(async () => {
    upstream = await makeUpstream(temporaryDirectory().path, library);
    commits.push(await git(upstream.path, 'rev-parse', 'HEAD'));
    for (const number of [1, 2, 3]) commits.push(await upstream.commit(`commit ${number}`));
    await git(upstream.path, 'tag', 'light', commits[1] ?? '');
    await git(upstream.path, 'tag', '--annotate', '--message=x', 'annotated', commits[1] ?? '');
    await git(upstream.path, 'tag', '--annotate', '--message=x', 'nested', 'annotated');
    await git(upstream.path, 'branch', 'feature/x', commits[2] ?? '');
    await git(upstream.path, 'branch', 'both', commits[2] ?? '');
    await git(upstream.path, 'tag', 'both', commits[1] ?? '');
    await git(upstream.path, 'branch', 'deadbeef', commits[2] ?? '');
    await git(upstream.path, 'update-ref', 'refs/pull/7/head', commits[0] ?? '');
  });

  test.each([
    ['a branch', 'master', 3],
    ['a branch with a slash', 'feature/x', 2],
    ['a branch that looks like a commit', 'deadbeef', 2],
    ['a tag', 'light', 1],
    ['an annotated tag', 'annotated', 1],
    ['a tag of a tag', 'nested', 1],
    ['HEAD', 'HEAD', 3],
    ['a whole name', 'refs/heads/both', 2],
    ['a half name', 'tags/both', 1],
    ['a name outside of branches and tags', 'refs/pull/7/head', 0],
  ])('may be %s', async (_, ref, expected) => {
    expect(await read(ref)).toBe(commits[expected]);
  });

  test('may be any commit of the history, whole or shortened, in either case', async () => {
    for (const commit of commits) {
      expect(await read(commit)).toBe(commit);
      expect(await read(commit.slice(0, 12))).toBe(commit);
      expect(await read(commit.slice(0, 9).toUpperCase())).toBe(commit);
    }
    expect(await read(commits[0]?.toUpperCase() ?? '')).toBe(commits[0]);
  });

  test('may be a branch again after the whole history was fetched, and after it moved', async () => {
    await read(commits[0]?.slice(0, 12) ?? '');
    expect(await read('master')).toBe(commits[3]);
    const moved = await upstream.commit('moved');
    expect(await read('master')).toBe(moved);
    expect(await read(commits[1]?.slice(0, 12) ?? '')).toBe(commits[1]);
    await git(upstream.path, 'reset', '--quiet', '--hard', commits[3] ?? '');
    expect(await read('master')).toBe(commits[3]);
  });

  test('that is a branch and a tag is refused, and both are named', async () => {
    const problem = await problemOf(read('both'));
    expect(problem).toMatchObject({ code: 'upstream/ambiguous-ref', value: 'both', exitCode: 2 });
    expect(problem.message).toContain('refs/heads/both, refs/tags/both');
  });

  test.each([
    ['a name with a slip', 'mastr', 'Did you mean `master`?'],
    ['a name in full with a slip', 'refs/heads/mastr', 'Did you mean `master`?'],
    ['a part of a name', 'feature-x', 'Did you mean `feature/x`?'],
    ['an option', '--upload-pack=touch hacked', 'There are'],
    ['a long one', 'x'.repeat(10_000), 'There are'],
    ['control characters', 'ma\u0000ster\u001b[2J\n', 'master'],
  ])(
    'that upstream does not have is refused, with the nearest name, or those that there are: %s',
    async (_, ref, near) => {
      const problem = await problemOf(read(ref));
      expect(problem).toMatchObject({ code: 'upstream/unknown-ref', exitCode: 2 });
      expect(problem.hint).toContain(near);
      expect(JSON.stringify(problem).length).toBeLessThan(2000);
      expect(Object.values(problem).join('')).not.toMatch(/\p{Cc}/u);
    },
  );

  test.each(['0'.repeat(40), '0123abcd', 'f'.repeat(64), 'refs/heads/nope', 'refs/none/x', ''])(
    'that names no commit is refused: %s',
    async (ref) => {
      expect(await problemOf(read(ref))).toMatchObject({ code: 'upstream/unknown-ref', exitCode: 2 });
    },
  );

  test('that begins several commits is refused, and they are named', async () => {
    const sandbox = await makeUpstream(temporaryDirectory().path, library);
    const tree = await git(sandbox.path, 'rev-parse', 'HEAD^{tree}');
    const known = new Map<string, string>();
    for (let number = 0; ; number++) {
      const sha = await git(sandbox.path, 'commit-tree', tree, '-p', 'HEAD', '-m', `commit ${number}`);
      const twin = known.get(sha.slice(0, 4));
      known.set(sha.slice(0, 4), sha);
      if (twin === undefined) continue;
      await git(sandbox.path, 'branch', 'one', sha);
      await git(sandbox.path, 'branch', 'other', twin);
      const problem = await problemOf(open(sandbox.path, sha.slice(0, 4)));
      expect(problem.code).toBe('upstream/ambiguous-ref');
      expect(problem.message).toContain(sha);
      expect(problem.message).toContain(twin);
      return;
    }
  });

  test('that points at a tree and no commit is refused', async () => {
    await git(upstream.path, 'tag', 'tree', `${commits[0]}^{tree}`);
    expect(await problemOf(read('tree'))).toMatchObject({ code: 'upstream/unknown-ref' });
  });

  test('of an empty repository is unknown', async () => {
    const empty = temporaryDirectory().path;
    await git(empty, 'init', '--quiet');
    const problem = await problemOf(open(empty, 'master'));
    expect(problem.code).toBe('upstream/unknown-ref');
    expect(problem.hint).toContain('none at all');
  });
});
