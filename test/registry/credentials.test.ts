import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { authFilePaths } from '../../src/registry/auth/auth-file.ts';
import type { CredentialStore } from '../../src/registry/auth/credential-types.ts';
import { credentialStore } from '../../src/registry/auth/credentials.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let home: string;
beforeEach(() => {
  home = temporaryDirectory().path;
});

function write(path: string, content: unknown): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const auth = (user: string, password: string) => ({ auth: Buffer.from(`${user}:${password}`).toString('base64') });
const asDocker = (content: unknown): string => write('.docker/config.json', content);
const store = (env: Record<string, string> = {}): CredentialStore => credentialStore(env, home, 999_999);

async function username(host: string, repository = 'library/golang', env?: Record<string, string>) {
  const found = await store(env).find(host, repository);
  return found?.kind === 'password' ? found.username : found?.kind;
}

async function problemOf(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error(`not a UserError: ${error}`);
  return { ...error.problems[0], whole: `${error.stack} ${JSON.stringify(error.problems)} ${error.cause}` };
}

describe('the places of auth files', () => {
  test('are those of containers-auth.json(5), with DOCKER_CONFIG as docker has it', () => {
    expect(authFilePaths({}, '/home/me', 7)).toEqual([
      '/run/containers/7/auth.json',
      '/home/me/.config/containers/auth.json',
      '/home/me/.docker/config.json',
    ]);
    const env = { XDG_RUNTIME_DIR: '/run/user/7', XDG_CONFIG_HOME: '/cfg', DOCKER_CONFIG: '/dock' };
    expect(authFilePaths(env, '/home/me', 7)).toEqual([
      '/run/user/7/containers/auth.json',
      '/cfg/containers/auth.json',
      '/dock/config.json',
    ]);
    expect(authFilePaths({ ...env, REGISTRY_AUTH_FILE: '/a.json' }, '/home/me', 7)[0]).toBe('/a.json');
    expect(authFilePaths({ DOCKER_CONFIG: '', REGISTRY_AUTH_FILE: '' }, '/home/me')).toEqual([
      '/home/me/.config/containers/auth.json',
      '/home/me/.docker/config.json',
    ]);
  });

  test('are asked in order, and the next one where one does not know the registry', async () => {
    const first = write('first.json', { auths: { 'a.example': auth('first', 'x') } });
    write('run/containers/auth.json', { auths: { 'a.example': auth('run', 'x'), 'b.example': auth('run', 'x') } });
    asDocker({ auths: { 'a.example': auth('docker', 'x'), 'c.example': auth('docker', 'x') } });
    const env = { XDG_RUNTIME_DIR: join(home, 'run') };
    expect(await username('a.example', 'x', { ...env, REGISTRY_AUTH_FILE: first })).toBe('first');
    expect(await username('a.example', 'x', env)).toBe('run');
    expect(await username('b.example', 'x', env)).toBe('run');
    expect(await username('c.example', 'x', env)).toBe('docker');
    expect(await username('d.example', 'x', env)).toBeUndefined();
  });

  test('that do not exist hold nothing', async () => {
    expect(await username('a.example', 'x', { REGISTRY_AUTH_FILE: join(home, 'none', 'a.json') })).toBeUndefined();
  });
});

describe('an auth file', () => {
  test('gives user and password, which may hold a colon and any letter', async () => {
    const file = asDocker({ auths: { 'a.example:5000': auth('me', 'pä:ss wörd') }, unknown: [1] });
    expect(await store().find('a.example:5000', 'x')).toEqual({
      ...{ kind: 'password', username: 'me', password: 'pä:ss wörd', from: file },
    });
    expect(await username('a.example')).toBeUndefined();
  });

  test('may have keys with a path, of which the longest counts', async () => {
    const file = {
      'a.example/lib/go': auth('image', 'x'),
      'a.example/lib': auth('lib', 'x'),
      'a.example': auth('host', 'x'),
    };
    asDocker({ auths: file });
    expect(await username('a.example', 'lib/go')).toBe('image');
    expect(await username('a.example', 'lib/go2')).toBe('lib');
    expect(await username('a.example', 'library/go')).toBe('host');
  });

  test.each([
    ['https://index.docker.io/v1/'],
    ['docker.io'],
    ['index.docker.io'],
    ['registry-1.docker.io'],
    ['docker.io/library'],
  ])('knows Docker Hub as %s', async (key) => {
    asDocker({ auths: { [key]: auth('hub', 'x'), 'other.example': auth('other', 'x') } });
    expect(await username('docker.io')).toBe('hub');
    expect(await username('registry-1.docker.io')).toBe('hub');
  });

  test('knows a registry by its URL as well', async () => {
    asDocker({
      auths: { 'https://a.example/v2/': auth('url', 'x'), 'https://evil.example/a.example': auth('evil', 'x') },
    });
    expect(await username('a.example')).toBe('url');
  });

  test('gives an identity token, and user and password written apart', async () => {
    const identity = { ...auth('<token>', ''), identitytoken: 'refresh' };
    asDocker({ auths: { 'a.example': identity, 'b.example': { username: 'me', password: 'x' } } });
    expect(await store().find('a.example', 'x')).toMatchObject({ kind: 'identity-token', token: 'refresh' });
    expect(await username('b.example')).toBe('me');
  });

  test('with a marker of a credential helper holds nothing', async () => {
    asDocker({ auths: { 'a.example': {}, 'b.example': { auth: '' } } });
    expect(await username('a.example')).toBeUndefined();
    expect(await username('b.example')).toBeUndefined();
  });

  const secret = 'c2VjcmV0LXBhc3N3b3Jk';
  test.each([
    ['cut in half', `{"auths":{"a.example":{"auth":"${secret}"`, 'is not valid JSON'],
    ['empty', '', 'is empty'],
    ['a list', `["${secret}"]`, 'has to be a JSON object'],
    ['with a wrong auths', `{"auths":"${secret}"}`, '`auths`'],
    ['with a wrong entry', `{"auths":{"a.example":"${secret}"}}`, '`auths`'],
    ['with an auth that is no text', `{"auths":{"a.example":{"auth":["${secret}"]}}}`, '`auth`'],
    ['with an auth without a colon', `{"auths":{"a.example":{"auth":"${secret}"}}}`, '`user:password`'],
    ['with an auth that is no base64', '{"auths":{"a.example":{"auth":"secret-password"}}}', '`user:password`'],
    ['with wrong helpers', `{"credHelpers":["${secret}"]}`, '`credHelpers`'],
    ['with a wrong helper', `{"credHelpers":{"a.example":{"x":"${secret}"}}}`, '`credHelpers`'],
    ['with a wrong store', '{"credsStore":["secret-password"]}', '`credsStore`'],
  ])('%s is an error that names the file and not what is in it', async (_, content, expected) => {
    const file = asDocker(content);
    const problem = await problemOf(store().find('a.example', 'x'));
    expect(problem).toMatchObject({ code: 'registry/auth-file', place: { file } });
    expect(problem.message).toContain(expected);
    expect(problem.whole).not.toContain(secret);
    expect(problem.whole).not.toContain('secret-password');
  });

  test('that is a folder is an error', async () => {
    mkdirSync(join(home, '.docker/config.json'), { recursive: true });
    const problem = await problemOf(store().find('a.example', 'x'));
    expect(problem.message).toContain('cannot be read (EISDIR)');
  });

  test('with a broken entry of another registry is no error', async () => {
    asDocker({ auths: { 'b.example': { auth: '%' }, 'a.example': auth('me', 'x') } });
    expect(await username('a.example')).toBe('me');
  });
});

describe('a credential helper', () => {
  /** Writes a helper that logs what it is asked, and its arguments; returns the environment to find it by. */
  function helper(name: string, script: string): Record<string, string> {
    const file = write(
      `bin/docker-credential-${name}`,
      `#!/bin/sh\nread server\necho "$* $server" >> "$HOME/asked"\n${script}`,
    );
    chmodSync(file, 0o755);
    return { PATH: `${join(home, 'bin')}:/usr/bin:/bin`, HOME: home };
  }
  const gives = (user: string, secret: string): string =>
    `echo '{"ServerURL":"x","Username":"${user}","Secret":"${secret}"}'`;
  const asked = (): string[] => readFileSync(join(home, 'asked'), 'utf8').trim().split('\n');

  test('of credHelpers is asked for its registry on its input, not by argument, and goes before auths', async () => {
    const env = helper('test', gives('helped', 's3cret'));
    asDocker({ credHelpers: { 'a.example': 'test' }, auths: { 'a.example': auth('file', 'x') } });
    const found = await store(env).find('a.example', 'x');
    expect(found).toMatchObject({ kind: 'password', username: 'helped', password: 's3cret' });
    expect(found?.from).toBe('docker-credential-test');
    expect(asked()).toEqual(['get a.example']);
    expect(await username('b.example', 'x', env)).toBeUndefined();
  });

  test('of credsStore is asked where auths has nothing, by docker’s name of the Hub first', async () => {
    const env = helper(
      'store',
      `[ "$server" = docker.io ] || { echo 'credentials not found in native keychain'; exit 1; }
${gives('hub', 'x')}`,
    );
    asDocker({ credsStore: 'store', auths: { 'https://index.docker.io/v1/': {}, 'a.example': auth('file', 'x') } });
    expect(await username('docker.io', 'library/golang', env)).toBe('hub');
    expect(await username('a.example', 'x', env)).toBe('file');
    expect(asked()).toEqual(['get https://index.docker.io/v1/', 'get docker.io']);
  });

  test('that knows nothing is no error', async () => {
    const env = helper('test', "echo 'credentials not found in native keychain'; exit 1");
    asDocker({ credsStore: 'test' });
    expect(await username('a.example', 'x', env)).toBeUndefined();
  });

  test('gives an identity token by its special name', async () => {
    const env = helper('test', gives('<token>', 'refresh'));
    asDocker({ credsStore: 'test' });
    expect(await username('a.example', 'x', env)).toBe('identity-token');
  });

  test('is asked once for many requests, and again to renew', async () => {
    const env = helper('test', gives('me', 'x'));
    asDocker({ credsStore: 'test' });
    const shared = store(env);
    await Promise.all([shared.find('a.example', 'x'), shared.find('a.example', 'y')]);
    expect(asked()).toHaveLength(1);
    await shared.find('a.example', 'x', { renew: true });
    expect(asked()).toHaveLength(2);
  });

  test.each([
    ['fails', "echo 's3cret'; echo 's3cret' >&2; exit 3", 'failed with exit code 3'],
    ['gives nonsense', "echo 's3cret'", 'gave no credentials'],
    ['gives half of it', 'echo \'{"Secret":"s3cret"}\'', 'gave no credentials'],
  ])('that %s is an error without its output', async (_, script, expected) => {
    const env = helper('test', script);
    const file = asDocker({ credsStore: 'test' });
    const problem = await problemOf(store(env).find('a.example', 'x'));
    expect(problem).toMatchObject({ code: 'registry/credential-helper', place: { file } });
    expect(problem.message).toContain(expected);
    expect(problem.whole).not.toContain('s3cret');
  });

  test('that is not installed is an error that says so', async () => {
    asDocker({ credHelpers: { 'a.example': 'absent' } });
    const problem = await problemOf(store({ PATH: '/usr/bin:/bin' }).find('a.example', 'x'));
    expect(problem.message).toBe('docker-credential-absent is not installed, or not on the PATH.');
  });

  test.each(['../../bin/sh', 'a b', '-x', ''])('with the name %j is not run', async (name) => {
    asDocker({ credHelpers: { 'a.example': name } });
    const problem = await problemOf(store({ PATH: '/usr/bin:/bin' }).find('a.example', 'x'));
    expect(problem.code).toBe('registry/credential-helper');
  });
});
