import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plainEnv } from '../support/git.ts';
import { type GitHttpOptions, startGitHttp } from '../support/git-http.ts';
import { git, open, problemOf } from '../support/open-upstream.ts';
import { findProgram } from '../support/programs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeUpstream } from '../support/upstream.ts';

const manyFiles = Object.fromEntries(
  Array.from({ length: 40 }, (_, i) => [`image${i}`, `Maintainers: A (@a)\n#${i}\n`]),
);

/** An upstream over HTTP: three commits, and a large file outside of `library/` that is another in each. */
async function serve(options: GitHttpOptions = {}, settings: readonly string[] = ['uploadpack.allowFilter=true']) {
  const root = temporaryDirectory().path;
  const upstream = await makeUpstream(join(root, 'up'), manyFiles);
  const commits: string[] = [];
  for (const number of [1, 2, 3]) {
    upstream.write('image0', `Maintainers: A (@a)\n# version ${number}\n`);
    upstream.write('../large', `${number}`.repeat(100_000));
    commits.push(await upstream.commit(`commit ${number}`));
  }
  for (const setting of settings) {
    const [key = '', value = ''] = setting.split('=');
    await git(upstream.path, 'config', key, value);
  }
  const server = await startGitHttp(root, options);
  const cacheDirectory = join(temporaryDirectory().path, 'cache');
  const url = `${server.url}/up/.git`;
  const read = (ref: string) => open(url, ref, { cacheDirectory });
  return { upstream, commits, server, url, cacheDirectory, read };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

function repositoryIn(cacheDirectory: string): string {
  const [found] = filesBelow(cacheDirectory).filter((path) => path.endsWith('.git/HEAD'));
  if (found === undefined) throw new Error('There is no repository in the cache.');
  return found.slice(0, -'/HEAD'.length);
}

async function has(repository: string, name: string): Promise<boolean> {
  return git(repository, 'cat-file', '-e', name).then(
    () => true,
    () => false,
  );
}

describe('the requests to a server', () => {
  test('are few for a first run, two while nothing changes, and none for a whole commit that is known', async () => {
    const { read, server, commits } = await serve();
    const requestsOf = async (work: Promise<unknown>) => {
      const before = server.requests.length;
      await work;
      return server.requests.length - before;
    };
    expect(await requestsOf(read('master'))).toBeLessThanOrEqual(8);
    expect(await requestsOf(read('master'))).toBe(2);
    expect(await requestsOf(read(commits[2] ?? ''))).toBe(0);
  });

  test('bring neither the history nor the files that are not needed', async () => {
    const { read, cacheDirectory, commits } = await serve();
    await read('master');
    const repository = repositoryIn(cacheDirectory);
    expect(await has(repository, `${commits[2]}:library/image1`)).toBe(true);
    expect(await has(repository, `${commits[2]}:large`)).toBe(false);
    expect(await has(repository, commits[1] ?? '')).toBe(false);
  });

  test('start a few processes of git for any number of files', async () => {
    const { url } = await serve();
    const folder = temporaryDirectory().path;
    const env = gitThatLists(folder);
    const { files } = await open(url, 'master', { env });
    expect(files).toHaveLength(40);
    expect(readFileSync(join(folder, 'processes'), 'utf8').split('\n').length).toBeLessThan(20);
  });
});

describe.each([
  ['that knows no filters', {}, []],
  ['of protocol 0 that hands out no single objects', { oldProtocol: true }, ['uploadpack.allowFilter=true']],
  ['of protocol 0 that knows no filters either', { oldProtocol: true }, []],
  [
    'of protocol 0 that hands out all',
    { oldProtocol: true },
    ['uploadpack.allowAnySHA1InWant=true', 'uploadpack.allowFilter=true'],
  ],
] as const)('a server %s', (_, options, settings) => {
  test('gives branches, and any commit of the history', async () => {
    const { read, commits } = await serve(options, settings);
    for (const [ref, number] of [
      ['master', 3],
      [commits[0] ?? '', 1],
      [commits[1]?.slice(0, 10) ?? '', 2],
      ['master', 3],
    ] as const) {
      const { commit, files, notes } = await read(ref);
      expect(commit.sha).toBe(commits[number - 1]);
      expect(files.find(({ name }) => name === 'image0')?.text).toContain(`version ${number}`);
      expect(files).toHaveLength(40);
      expect(notes).toEqual([]);
    }
  });

  test('gives what is new since the last run', async () => {
    const { read, upstream } = await serve(options, settings);
    await read('master');
    for (const number of [4, 5]) {
      upstream.write('image0', `Maintainers: A (@a)\n# version ${number}\n`);
      const sha = await upstream.commit(`commit ${number}`);
      const { commit, files, notes } = await read('master');
      expect(commit.sha).toBe(sha);
      expect(files.find(({ name }) => name === 'image0')?.text).toContain(`version ${number}`);
      expect(notes).toEqual([]);
    }
  });

  test('does not have a commit that is none', async () => {
    const { read } = await serve(options, settings);
    expect(await problemOf(read('1'.repeat(40)))).toMatchObject({ code: 'upstream/unknown-ref' });
  });
});

describe('credentials in the URL', () => {
  const secret = 'pa/ss word';

  test('are used, and stand in no result, file, or process list', async () => {
    const { url, commits } = await serve({ credentials: `bot:${secret}` });
    const withSecret = url.replace('//', `//bot:${encodeURIComponent(secret)}@`);
    const cacheDirectory = join(temporaryDirectory().path, 'cache');
    const folder = temporaryDirectory().path;
    const env = gitThatLists(folder);
    const snapshot = await open(withSecret, 'master', { cacheDirectory, env });
    expect(snapshot.commit).toEqual({ repository: url, sha: commits[2] });
    const base64 = Buffer.from(`bot:${secret}`).toString('base64');
    const written = [...filesBelow(cacheDirectory), join(folder, 'processes')].map((path) =>
      readFileSync(path, 'latin1'),
    );
    expect(written.at(-1)).toContain('ls-remote');
    for (const text of [JSON.stringify(snapshot), ...written]) {
      expect(text).not.toContain(encodeURIComponent(secret));
      expect(text).not.toContain(secret);
      expect(text).not.toContain(base64);
    }
  });

  test.each(['bot:wrong@', 'bot@', ''])('that do not fit are an error which does not hold them: "%s"', async (user) => {
    const { url } = await serve({ credentials: `bot:${secret}` });
    const problem = await problemOf(open(url.replace('//', `//${user}`), 'master'));
    expect(problem).toMatchObject({ code: 'upstream/authentication', exitCode: 1 });
    expect(JSON.stringify(problem)).not.toContain('wrong');
    expect(JSON.stringify(problem)).not.toContain('bot');
  });
});

/** The environment with a `git` that writes down its arguments before it does its work. */
function gitThatLists(folder: string) {
  const script = `#!/bin/sh\necho "$@" >>'${join(folder, 'processes')}'\nexec '${findProgram('git')}' "$@"\n`;
  writeFileSync(join(folder, 'git'), script);
  chmodSync(join(folder, 'git'), 0o755);
  return { ...plainEnv, PATH: `${folder}:${plainEnv.PATH}` };
}
