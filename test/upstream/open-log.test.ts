import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLog, openUpstream } from '../../src/upstream/open.ts';
import { gitIn, plainEnv } from '../support/git.ts';
import { startGitHttp } from '../support/git-http.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeUpstream } from '../support/upstream.ts';

const library = { alpine: 'Maintainers: A (@a)\n', debian: 'Maintainers: A (@a)\n' };

/** An upstream over HTTP, and who reads it through a cache of its own. */
async function world() {
  const root = temporaryDirectory().path;
  const upstream = await makeUpstream(join(root, 'up'), library);
  let version = 0;
  const change = (image: string, message: string) => {
    version += 1;
    upstream.write(image, `Maintainers: A (@a)\n# ${version}\n`);
    return upstream.commit(message);
  };
  await gitIn(upstream.path)('config', 'uploadpack.allowFilter', 'true');
  await gitIn(upstream.path)('config', 'uploadpack.allowAnySHA1InWant', 'true');
  const server = await startGitHttp(root);
  const options = { cacheDirectory: join(temporaryDirectory().path, 'cache'), env: plainEnv };
  const repository = `${server.url}/up/.git`;
  const at = (ref: string) => openUpstream({ repository, ref }, options);
  const log = async (since: string, ref: string, from = repository) =>
    (await openLog({ repository: from, ref }, since, options)).log;
  return { root, upstream, change, server, at, log, git: gitIn(upstream.path), options };
}

const subjects = (log: Awaited<ReturnType<Awaited<ReturnType<typeof world>>['log']>>) =>
  log.state === 'read' ? log.commits.map(({ subject, files }) => [subject, ...files]) : log.state;

describe('the commits between two commits of upstream', () => {
  test('come with the files that they changed, the newest last', async () => {
    const { change, log, upstream } = await world();
    const since = await change('alpine', 'before');
    await change('debian', 'Update debian (#1)');
    upstream.write('../README.md', 'not of the library');
    await upstream.commit('Fix the README');
    upstream.write('alpine', 'Maintainers: A (@a)\n# both\n');
    const until = await change('debian', 'Update both\n\nA body.');
    expect(subjects(await log(since, until))).toEqual([
      ['Update debian (#1)', 'debian'],
      ['Update both', 'alpine', 'debian'],
    ]);
  });

  test('are those of merged branches too, and merges only with what they changed themselves', async () => {
    const { change, log, git } = await world();
    const since = await change('alpine', 'before');
    await git('checkout', '--quiet', '-b', 'side');
    await change('alpine', 'Update alpine to 3.24');
    await git('checkout', '--quiet', 'master');
    await change('debian', 'Update debian');
    await git('merge', '--quiet', '--no-ff', '--message=Merge pull request #7 from a/b', 'side');
    const found = await log(since, await git('rev-parse', 'HEAD'));
    expect(subjects(found)).toEqual(
      expect.arrayContaining([
        ['Update alpine to 3.24', 'alpine'],
        ['Update debian', 'debian'],
      ]),
    );
    expect(JSON.stringify(found)).not.toContain(
      '"isMerge":true,"subject":"Merge pull request #7 from a/b","files":["alpine',
    );
  });

  test('are none for one commit, or the way back', async () => {
    const { change, log } = await world();
    const since = await change('alpine', 'before');
    const until = await change('alpine', 'after');
    expect(await log(until, until)).toEqual({ state: 'read', commits: [] });
    expect(await log(until, since)).toEqual({ state: 'apart' });
  });

  test('are fetched without what is older, and are then read without the network', async () => {
    const { upstream, log, server, at, options } = await world();
    const oldest = await gitIn(upstream.path)('rev-parse', 'HEAD');
    const later = async (date: string, message: string) => {
      const git = gitIn(upstream.path, { name: 'Upstream', email: 'upstream@example.com', date });
      upstream.write('alpine', `Maintainers: A (@a)\n# ${message}\n`);
      await git('commit', '--quiet', '--all', `--message=${message}`);
      return git('rev-parse', 'HEAD');
    };
    await later('2026-02-01T00:00:00Z', 'older than the margin');
    const since = await later('2026-06-01T00:00:00Z', 'before');
    const until = await later('2026-06-02T00:00:00Z', 'after');
    await at(until);
    await at(since);
    expect(subjects(await log(since, until))).toEqual([['after', 'alpine']]);
    const before = server.requests.length;
    expect(subjects(await log(since, until))).toEqual([['after', 'alpine']]);
    expect(server.requests.length).toBe(before);
    const [found] = readdirSync(options.cacheDirectory, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.git'),
    );
    const cached = gitIn(join(options.cacheDirectory, found ?? ''));
    await expect(cached('cat-file', '-e', since)).resolves.toBe('');
    await expect(cached('cat-file', '-e', oldest)).rejects.toThrow();
  });

  test('are not told where upstream was rewritten, or lacks the earlier commit', async () => {
    const { change, log, git } = await world();
    const base = await change('alpine', 'base');
    const since = await change('alpine', 'taken back');
    await git('reset', '--quiet', '--hard', base);
    const until = await change('alpine', 'in its place');
    expect(await log(since, until)).toEqual({ state: 'apart' });
    expect(await log('1'.repeat(40), until)).toEqual({ state: 'absent' });
  });

  test('are not told of a shallow upstream that begins later', async () => {
    const { root, change, log, upstream } = await world();
    const since = await change('alpine', 'before');
    await change('alpine', 'one');
    const until = await change('alpine', 'two');
    await gitIn(root)('clone', '--quiet', '--bare', '--depth=1', `file://${upstream.path}`, join(root, 'shallow.git'));
    expect(await log(since, until, join(root, 'shallow.git'))).toEqual({ state: 'absent' });
  });

  test('have subjects in one line, without control characters, and not without an end', async () => {
    const { change, log } = await world();
    const since = await change('alpine', 'before');
    const until = await change('alpine', `Red \u001b[31mtext\u202e ${'x'.repeat(500)}`);
    const found = await log(since, until);
    const [[subject = ''] = []] = subjects(found) as string[][];
    expect(subject).toMatch(/^Red \[31mtext x+…$/);
    expect(subject.length).toBeLessThanOrEqual(200);
  });
});
