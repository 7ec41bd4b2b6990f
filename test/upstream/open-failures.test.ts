import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { onCleanUp } from '../support/cleanup.ts';
import { plainEnv } from '../support/git.ts';
import { startGitHttp } from '../support/git-http.ts';
import { git, libraryOf, open, problemOf } from '../support/open-upstream.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeUpstream } from '../support/upstream.ts';

const library = { alpine: 'Maintainers: A (@a)\n' };

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  onCleanUp(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/up.git`;
}

/** A server that takes a connection, says `text`, and hangs up, or not. */
function sayingServer(text: string | undefined): Server {
  return createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (text !== undefined) socket.end(text);
  });
}

describe('an upstream that cannot be read is an error with a code', () => {
  test('where nobody listens', async () => {
    const server = sayingServer('');
    const url = await listen(server);
    server.close();
    await once(server, 'close');
    const problem = await problemOf(open(url.replace('//', '//bot:secret@'), 'master'));
    expect(problem).toMatchObject({ code: 'upstream/unreachable', exitCode: 1 });
    expect(problem.value).toContain(url);
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  test.each([
    ['hangs up', '', 'upstream/unreachable'],
    ['fails', 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n', 'upstream/unreachable'],
    ['denies the access', 'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n', 'upstream/authentication'],
    ['has a page there', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>', 'upstream/unknown-ref'],
  ])('where the server %s', async (_, answer, code) => {
    const url = await listen(sayingServer(answer));
    expect((await problemOf(open(url, 'master'))).code).toBe(code);
  });

  test('where the server stays silent', async () => {
    const url = await listen(sayingServer(undefined));
    const problem = await problemOf(open(url, 'master', { silenceLimit: 300 }));
    expect(problem).toMatchObject({ code: 'upstream/unreachable', exitCode: 1 });
    expect(problem.value).toContain('0.3 s');
  });

  test('where the host name is unknown', async () => {
    const { code } = await problemOf(open('http://nobody.invalid/up.git', 'master'));
    expect(code).toBe('upstream/unreachable');
  });

  test('where the server has no such repository', async () => {
    const server = await startGitHttp(temporaryDirectory().path);
    const problem = await problemOf(open(`${server.url}/nope`, 'master'));
    expect(problem).toMatchObject({ code: 'upstream/not-a-repository', exitCode: 2 });
  });

  test('where the folder or file is no git repository, or is absent', async () => {
    const folder = temporaryDirectory().path;
    writeFileSync(join(folder, 'file'), 'x');
    for (const path of [folder, join(folder, 'file'), join(folder, 'nope')]) {
      const problem = await problemOf(open(path, 'master'));
      expect(problem).toMatchObject({ code: 'upstream/not-a-repository', exitCode: 2 });
      expect(problem.value).toContain(path);
    }
  });

  test('where the bundle is cut, or needs commits that it does not hold', async () => {
    const upstream = await makeUpstream(temporaryDirectory().path, library);
    await upstream.commit('second');
    const folder = temporaryDirectory().path;
    await git(upstream.path, 'bundle', 'create', '--quiet', join(folder, 'part.bundle'), 'master', '^master~1');
    expect((await problemOf(open(join(folder, 'part.bundle'), 'master'))).code).toBe('upstream/not-a-repository');
    writeFileSync(join(folder, 'cut.bundle'), '# v2 git bundle\nabc');
    expect((await problemOf(open(join(folder, 'cut.bundle'), 'master'))).code).toMatch(/^upstream\//);
  });

  test('where a local clone lacks files itself', async () => {
    const upstream = await makeUpstream(temporaryDirectory().path, library);
    await git(upstream.path, 'config', 'uploadpack.allowFilter', 'true');
    const folder = temporaryDirectory().path;
    await git(folder, 'clone', '--quiet', '--bare', '--filter=blob:none', `file://${upstream.path}`, 'partial');
    const problem = await problemOf(open(join(folder, 'partial'), 'master'));
    expect(problem).toMatchObject({ code: 'upstream/incomplete', exitCode: 1 });
  });

  test('where git is not installed', async () => {
    const env = { ...plainEnv, PATH: temporaryDirectory().path };
    expect((await problemOf(open('/nowhere', 'master', { env }))).code).toBe('upstream/git-missing');
  });

  test('where the cache cannot be written', async () => {
    const upstream = await makeUpstream(temporaryDirectory().path, library);
    const cacheDirectory = join(upstream.path, 'library', 'alpine');
    const problem = await problemOf(open(upstream.path, 'master', { cacheDirectory }));
    expect(problem).toMatchObject({ code: 'upstream/cache', exitCode: 2 });
  });
});

describe('an interrupt', () => {
  test('ends the reading, and git and its helpers with it', async () => {
    const server = sayingServer(undefined);
    const url = await listen(server);
    const interrupt = new AbortController();
    const connected = once(server, 'connection');
    const work = problemOf(open(url, 'master', { signal: interrupt.signal }));
    const [socket] = (await connected) as [Socket];
    socket.resume();
    const hungUp = once(socket, 'close');
    interrupt.abort();
    expect(await work).toMatchObject({ code: 'upstream/interrupted', exitCode: 130 });
    await hungUp;
  });

  test('that came before ends the reading at once', async () => {
    const problem = await problemOf(open('/nowhere', 'master', { signal: AbortSignal.abort() }));
    expect(problem.code).toBe('upstream/interrupted');
  });
});

describe('the folder library/', () => {
  test('must be there', async () => {
    const upstream = await makeUpstream(temporaryDirectory().path, {});
    writeFileSync(join(upstream.path, 'README'), 'x');
    const sha = await upstream.commit('without');
    const problem = await problemOf(open(upstream.path, 'master'));
    expect(problem).toMatchObject({ code: 'upstream/no-library', value: sha, exitCode: 2 });
    writeFileSync(join(upstream.path, 'library.txt'), 'x');
    await git(upstream.path, 'update-index', '--add', '--cacheinfo', `100644,${await blob(upstream.path)},library`);
    await git(upstream.path, 'commit', '--quiet', '--message=a file of that name');
    expect((await problemOf(open(upstream.path, 'master'))).code).toBe('upstream/no-library');
  });

  test('gives its regular files, and refuses all else by name', async () => {
    const upstream = await makeUpstream(temporaryDirectory().path, { ...library, 'READ ME': 'x', large: '' });
    symlinkSync('alpine', join(upstream.path, 'library', 'link'));
    mkdirSync(join(upstream.path, 'library', 'folder'));
    upstream.write('folder/inner', 'Maintainers: A (@a)\n');
    upstream.write('large', 'x'.repeat(4 * 1024 * 1024 + 1));
    const commit = await upstream.commit('strange');
    await git(upstream.path, 'update-index', '--add', '--cacheinfo', `160000,${commit},library/module`);
    await git(upstream.path, 'update-index', '--chmod=+x', 'library/alpine');
    await git(upstream.path, 'commit', '--quiet', '--message=stranger');
    const { images, refusals } = libraryOf(await open(upstream.path, 'master'));
    expect(images.map(({ name }) => name)).toEqual(['alpine']);
    expect(refusals.map(({ image, file, code, value }) => ({ image, file, code, value }))).toEqual([
      { image: 'READ ME', file: 'library/READ ME', code: 'upstream/bad-name', value: 'READ ME' },
      { image: 'folder', file: 'library/folder', code: 'upstream/not-a-file', value: 'a folder' },
      { image: 'large', file: 'library/large', code: 'upstream/file-too-large', value: '4194305 bytes' },
      { image: 'link', file: 'library/link', code: 'upstream/not-a-file', value: 'a symbolic link' },
      { image: 'module', file: 'library/module', code: 'upstream/not-a-file', value: 'a submodule' },
    ]);
  });
});

function blob(folder: string): Promise<string> {
  return git(folder, 'hash-object', '-w', 'library.txt');
}
