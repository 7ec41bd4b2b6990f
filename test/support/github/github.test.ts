import { afterEach, expect, test } from 'vitest';
import { cleanUp } from '../cleanup.ts';
import { gitIn } from '../git.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { type GitHubStandIn, startGitHub } from './github.ts';

const token = 'ghs_token';
afterEach(cleanUp);

async function start() {
  const github = await startGitHub();
  const repository = await github.addRepository('acme/mirror');
  await repository.commit('acme', 'main', { 'README.md': 'x\n' });
  github.addToken(token, {
    login: 'bot[bot]',
    kind: 'app',
    permissions: { contents: 'write', pull_requests: 'write' },
  });
  return { github, repository };
}

function ask(github: GitHubStandIn, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `token ${token}`, 'content-type': 'application/json' };
  return fetch(`${github.serverUrl}${path}`, { headers, ...init });
}

test('a request that GitHub does not describe fails the test that sent it', async () => {
  const { github } = await start();
  expect((await ask(github, '/api/v3/repos/acme/mirror/pulls?colour=red')).status).toBe(400);
  expect(github.violations).toHaveLength(1);
  await expect(cleanUp()).rejects.toMatchObject({
    errors: [expect.objectContaining({ message: expect.stringContaining('colour=red') })],
  });
});

test('a GraphQL query that GitHub’s schema does not allow fails the test that sent it', async () => {
  const { github } = await start();
  const query = JSON.stringify({ query: 'query { viewer { colour } }' });
  await ask(github, '/api/graphql', { method: 'POST', body: query });
  expect(github.violations).toEqual([expect.stringContaining('Cannot query field "colour"')]);
  await expect(cleanUp()).rejects.toThrow();
});

test('without or with a wrong token there is no answer, and every answer tells the limit', async () => {
  const { github } = await start();
  const none = await ask(github, '/api/v3/repos/acme/mirror', { headers: {} });
  expect(none.status).toBe(401);
  expect(none.headers.get('x-ratelimit-remaining')).toBe('5000');
  expect((await ask(github, '/api/v3/repos/acme/mirror')).headers.get('x-ratelimit-remaining')).toBe('4999');
  github.limits.remaining = 0;
  const exhausted = await ask(github, '/api/v3/repos/acme/mirror');
  expect(exhausted.status).toBe(403);
  expect(await exhausted.json()).toMatchObject({ message: expect.stringContaining('API rate limit exceeded') });
});

test('a refusal names the permissions as GitHub does, each set parted by a semicolon', async () => {
  const { github } = await start();
  github.addToken(token, { login: 'bot[bot]', kind: 'app' });
  const body = JSON.stringify({ labels: ['x'] });
  const answer = await ask(github, '/api/v3/repos/acme/mirror/issues/1/labels', { method: 'POST', body });
  expect(answer.status).toBe(403);
  expect(answer.headers.get('x-accepted-github-permissions')).toBe('issues=write; pull_requests=write');
});

test('a list has pages, and a link to the next', async () => {
  const { github, repository } = await start();
  const body = JSON.stringify({ title: 'x', head: 'update', base: 'main' });
  await repository.commit('alice', 'update', { a: 'a\n' });
  await ask(github, '/api/v3/repos/acme/mirror/pulls', { method: 'POST', body });
  for (let at = 0; at < 3; at++) repository.comment(1, 'alice', String(at));
  const url = '/api/v3/repos/acme/mirror/issues/1/comments?per_page=2';
  const first = await ask(github, url);
  expect(await first.json()).toHaveLength(2);
  expect(first.headers.get('link')).toContain(
    `<${github.apiUrl}/repos/acme/mirror/issues/1/comments?per_page=2&page=2>`,
  );
  const second = await ask(github, `${url}&page=2`);
  expect(await second.json()).toHaveLength(1);
  expect(second.headers.get('link')).not.toContain('rel="next"');
});

test('git clones and pushes with the token, and the pull request follows', async () => {
  const { github, repository } = await start();
  await repository.commit('alice', 'update', { a: 'a\n' });
  const body = JSON.stringify({ title: 'x', head: 'update', base: 'main' });
  await ask(github, '/api/v3/repos/acme/mirror/pulls', { method: 'POST', body });
  const folder = `${temporaryDirectory().path}/clone`;
  const git = gitIn('.');
  const url = repository.url.replace('//', `//any:${token}@`);
  await git('clone', '--quiet', '--branch=update', url, folder);
  await git('-C', folder, 'commit', '--quiet', '--allow-empty', '-m', 'y');
  await git('-C', folder, 'push', '--quiet', 'origin', 'update');
  const pull = await ask(github, '/api/v3/repos/acme/mirror/pulls/1');
  const tip = await repository.git.find('update');
  expect(await pull.json()).toMatchObject({ head: { sha: tip } });
  expect(await repository.git.find('refs/pull/1/head')).toBe(tip);
});

test('a merge makes a commit of both, and a conflict is refused', async () => {
  const { github, repository } = await start();
  for (const [number, branch] of ['one', 'two'].entries()) {
    await repository.commit('alice', branch, { 'README.md': `${branch}\n` });
    const body = JSON.stringify({ title: 'x', head: branch, base: 'main' });
    const answer = await ask(github, '/api/v3/repos/acme/mirror/pulls', { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ number: number + 1, mergeable: true });
  }
  const merged = await repository.merge(1, 'alice');
  expect(await repository.git.find('main')).toBe(merged);
  expect(await repository.git.read('main', 'README.md')).toBe('one\n');
  expect(repository.thread(1)).toMatchObject({ isOpen: false, mergedBy: { login: 'alice' } });
  await expect(repository.merge(2, 'alice')).rejects.toThrow('conflict');
});
