import { appendFileSync, chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openHistory, openLog, openSeries, openUpstream } from '../../src/upstream/open.ts';
import { gitIn, plainEnv } from '../support/git.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeUpstream, type UpstreamRepository } from '../support/upstream.ts';

const text = (version: number) => `Maintainers: A (@a)\n# ${version}\n`;
const names = new Set(['alpine', 'debian', 'golang', 'link']);
const absent = 'f'.repeat(40);

describe('many commits of upstream at once', () => {
  let upstream: UpstreamRepository;
  let commits: string[];
  const cacheDirectory = join(temporaryDirectory().path, 'cache');
  const options = { cacheDirectory, env: plainEnv };
  const address = (ref: string) => ({ repository: upstream.path, ref });
  const openAll = (some: readonly string[] = commits, env = plainEnv) =>
    openSeries(address(commits.at(-1) ?? ''), new Map(some.map((sha) => [sha, names])), { ...options, env });

  beforeAll(async () => {
    upstream = await makeUpstream(join(temporaryDirectory().path, 'up'), {
      alpine: text(0),
      debian: text(0),
    });
    const git = gitIn(upstream.path);
    let version = 0;
    const change = (image: string) => {
      version += 1;
      upstream.write(image, text(version));
      return upstream.commit(`Update ${image} (#${version})`);
    };
    // Before the first commit that is wanted, and merged after it.
    await git('checkout', '--quiet', '-b', 'old');
    await change('debian');
    await git('checkout', '--quiet', 'master');
    commits = [await change('alpine')];
    await git('merge', '--quiet', '--no-ff', '--message=Merge old', 'old');
    commits.push(await git('rev-parse', 'HEAD'));
    await change('golang');
    upstream.write('../README.md', 'not of the library');
    commits.push(await upstream.commit('Fix the README'));
    await git('checkout', '--quiet', '-b', 'side');
    await change('alpine');
    await git('checkout', '--quiet', 'master');
    commits.push(await change('debian'));
    await git('merge', '--quiet', '--no-ff', '--message=Merge side', 'side');
    commits.push(await git('rev-parse', 'HEAD'));
    symlinkSync('alpine', join(upstream.path, 'library/link'));
    upstream.remove('golang');
    commits.push(await upstream.commit('Remove golang'));
    commits.push(await change('golang'));
    const range = { since: 0, beginsBefore: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };
    await openHistory(address('master'), range, options);
  }, 60_000);

  test('have the files that each of them has', async () => {
    const series = await openAll();
    for (const commit of commits) {
      const { files } = await openUpstream(address(commit), options);
      expect(series.files(commit), commit).toEqual(files);
    }
    expect(
      commits.map((commit) =>
        series
          .files(commit)
          ?.map(({ name }) => name)
          .includes('golang'),
      ),
    ).toEqual([false, false, true, true, true, false, true]);
  });

  test('have the commits between any two, in either direction', async () => {
    const series = await openAll();
    let compared = 0;
    for (const since of commits)
      for (const until of commits) {
        const { log } = await openLog(address(until), since, { ...options, isOffline: false });
        expect(series.log(since, until), `${since}..${until}`).toEqual(log);
        compared += log.state === 'read' ? log.commits.length : 0;
      }
    expect(compared).toBeGreaterThan(40);
  });

  test('leave those that go back behind the first one to others', async () => {
    const [first = '', second = '', third = ''] = commits;
    const series = await openAll([second, first, third]);
    expect(series.log(second, first)).toBeUndefined();
    expect(series.log(second, third)).toEqual((await openLog(address(third), second, options)).log);
    expect(series.files(first)).toHaveLength(2);
  });

  test('say nothing of a commit that is not there, or whose name is none', async () => {
    const [first = '', second = ''] = commits;
    const series = await openAll([first, absent, `${first}\n${second}`, '--all', second]);
    expect(series.files(absent)).toBeUndefined();
    expect(series.files('--all')).toBeUndefined();
    expect(series.log(first, absent)).toEqual({ state: 'absent' });
    expect(series.log(first, second)).toMatchObject({ state: 'read' });
  });

  test('say nothing of a commit of which a file is not there, and the rest of the others', async () => {
    const up = await makeUpstream(join(temporaryDirectory().path, 'up'), { alpine: text(0), debian: text(0) });
    const [own, cache] = [gitIn(up.path), join(temporaryDirectory().path, 'cache')];
    await own('config', 'uploadpack.allowFilter', 'true');
    await own('config', 'uploadpack.allowAnySHA1InWant', 'true');
    const before = await own('rev-parse', 'HEAD');
    up.write('alpine', text(1));
    const middle = await up.commit('Update alpine');
    up.write('alpine', text(2));
    const last = await up.commit('Update alpine again');
    const repository = `file://${up.path}`;
    const ownOptions = { cacheDirectory: cache, env: plainEnv };
    await openUpstream({ repository, ref: before }, ownOptions);
    await openUpstream({ repository, ref: last }, ownOptions);
    // Brings the commits between, without their files.
    await openLog({ repository, ref: last }, before, ownOptions);
    const read = (wanted: ReadonlySet<string>) =>
      openSeries({ repository, ref: last }, new Map([before, middle, last].map((sha) => [sha, wanted])), ownOptions);
    const series = await read(new Set(['alpine']));
    expect([before, middle, last].map((sha) => series.files(sha)?.length)).toEqual([1, undefined, 1]);
    expect((await read(new Set(['debian']))).files(middle)?.length).toBe(1);
  });

  test('take as many processes as few', async () => {
    const folder = temporaryDirectory().path;
    const [calls, shim] = [join(folder, 'calls'), join(folder, 'git')];
    const found = (plainEnv['PATH'] ?? '').split(':').find((one) => existsSync(join(one, 'git')));
    writeFileSync(shim, `#!/bin/sh\necho call >> '${calls}'\nexec '${found}/git' "$@"\n`);
    chmodSync(shim, 0o755);
    const count = async (some: readonly string[]) => {
      appendFileSync(calls, '');
      await openAll(some, { ...plainEnv, PATH: `${folder}:${plainEnv['PATH']}` });
      const lines = readFileSync(calls, 'utf8').split('\n').length - 1;
      rmSync(calls);
      return lines;
    };
    const few = await count(commits.slice(-2));
    expect(few).toBeGreaterThan(3);
    expect(await count(commits)).toBe(few);
  });
});
