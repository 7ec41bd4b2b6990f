import { expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { parseRemoteUrl } from '../../src/forge/address.ts';
import { readForgeSettings } from '../../src/forge/settings.ts';

const token = 'ghs_abc';

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.problems[0]?.code;
    throw error;
  }
  return undefined;
}

test('in GitHub Actions the variables tell everything', () => {
  const env = {
    GITHUB_API_URL: 'https://ghe.example.com/api/v3/',
    GITHUB_SERVER_URL: 'https://ghe.example.com',
    GITHUB_REPOSITORY: 'acme/mirror',
    GITHUB_TOKEN: token,
  };
  expect(readForgeSettings({ env })).toEqual({
    kind: 'github',
    apiUrl: 'https://ghe.example.com/api/v3',
    serverUrl: 'https://ghe.example.com',
    repository: 'acme/mirror',
    token,
  });
});

test('in GitLab CI the variables tell everything but the token', () => {
  const env = {
    CI_API_V4_URL: 'https://gitlab.example.com/api/v4',
    CI_SERVER_URL: 'https://gitlab.example.com',
    CI_PROJECT_PATH: 'group/sub/mirror',
    GITLAB_TOKEN: 'glpat-abc',
  };
  expect(readForgeSettings({ env })).toEqual({
    kind: 'gitlab',
    apiUrl: 'https://gitlab.example.com/api/v4',
    serverUrl: 'https://gitlab.example.com',
    repository: 'group/sub/mirror',
    token: 'glpat-abc',
  });
});

test.for([
  ['https://github.com/acme/mirror.git', 'github', 'https://api.github.com', 'acme/mirror'],
  ['git@github.com:acme/mirror.git', 'github', 'https://api.github.com', 'acme/mirror'],
  ['ssh://git@github.com:22/acme/mirror', 'github', 'https://api.github.com', 'acme/mirror'],
  ['https://GitHub.com/acme/mirror', 'github', 'https://api.github.com', 'acme/mirror'],
  ['https://gitlab.com/group/sub/mirror.git', 'gitlab', 'https://gitlab.com/api/v4', 'group/sub/mirror'],
] as const)('elsewhere the remote %s tells it', ([remoteUrl, kind, apiUrl, repository]) => {
  const settings = readForgeSettings({ env: { MIRRORLOCK_TOKEN: token }, remoteUrl });
  expect(settings).toMatchObject({ kind, apiUrl, repository });
});

test.for([
  ['github', 'https://code.example.com/acme/mirror.git', 'code.example.com', 'https://code.example.com/api/v3'],
  ['gitlab', 'https://code.example.com:8443/a/b/c', 'code.example.com:8443', 'https://code.example.com:8443/api/v4'],
  ['github', 'ssh://git@ghe.example.com:2222/acme/mirror', 'ghe.example.com', 'https://ghe.example.com/api/v3'],
] as const)('a %s at any other host is named by the configuration: %s', ([provider, remoteUrl, host, apiUrl]) => {
  const input = { env: { MIRRORLOCK_TOKEN: token }, remoteUrl };
  expect(codeOf(() => readForgeSettings(input))).toBe('forge/unknown');
  expect(readForgeSettings({ ...input, named: { provider, host } })).toMatchObject({ kind: provider, apiUrl, token });
});

const everyToken = { GH_TOKEN: 'gh', GITHUB_TOKEN: 'github', GITLAB_TOKEN: 'gitlab', MIRRORLOCK_TOKEN: 'own' };

test.for([
  'https://github.evil.example/acme/mirror',
  'https://github.com.evil.example/acme/mirror',
  'https://gitlab.evil.example/acme/mirror',
  'https://my.gitlab.example/acme/mirror',
  'http://github.example:8080/acme/mirror',
  'git@github.evil.example:acme/mirror',
  'https://github.com@evil.example/acme/mirror',
  'https://github.com./acme/mirror',
  'https://xn--githb-n0a.com/acme/mirror',
])('promise 11: a host that looks like a forge gets no token: %s', (remoteUrl) => {
  expect(codeOf(() => readForgeSettings({ env: everyToken, remoteUrl }))).toBe('forge/unknown');
  expect(() => readForgeSettings({ env: everyToken, remoteUrl })).toThrow(/GH_TOKEN.*were not sent there/);
});

test.for([
  ['github', ['gh', 'github']],
  ['gitlab', ['gitlab']],
] as const)('promise 11: a %s that the configuration names gets MIRRORLOCK_TOKEN only', ([provider, others]) => {
  const input = { remoteUrl: 'https://code.example.com/a/b', named: { provider, host: 'code.example.com' } };
  expect(readForgeSettings({ ...input, env: everyToken }).token).toBe('own');
  const { MIRRORLOCK_TOKEN: _, ...env } = everyToken;
  expect(codeOf(() => readForgeSettings({ ...input, env }))).toBe('forge/no-token');
  for (const other of others) {
    const publicHost = { env: { [other === 'gh' ? 'GH_TOKEN' : `${other.toUpperCase()}_TOKEN`]: other } };
    expect(readForgeSettings({ ...publicHost, remoteUrl: `https://${provider}.com/a/b` }).token).toBe(other);
  }
});

test.for([
  { env: { GITHUB_SERVER_URL: 'http://ghe.example.com', ...everyToken } },
  { env: { CI_SERVER_URL: 'https://gl.example.com', CI_API_V4_URL: 'http://gl.example.com/api/v4', ...everyToken } },
  {
    env: everyToken,
    remoteUrl: 'http://code.example.com/a/b',
    named: { provider: 'github', host: 'code.example.com' },
  },
] as const)('promise 11: no token goes over plain HTTP, but on the loopback: %j', (input) => {
  const repository = { GITHUB_REPOSITORY: 'a/b', CI_PROJECT_PATH: 'a/b' };
  const work = () => readForgeSettings({ ...input, env: { ...repository, ...input.env } });
  expect(codeOf(work)).toBe('forge/plain-http');
  const loopback = { GITHUB_SERVER_URL: 'http://127.0.0.1:8080', GITHUB_REPOSITORY: 'a/b', GITHUB_TOKEN: 'x' };
  expect(readForgeSettings({ env: loopback }).apiUrl).toBe('http://127.0.0.1:8080/api/v3');
});

test('the forge of the CI counts where the remote is there; for another, the configuration does', () => {
  const env = { GITHUB_SERVER_URL: 'https://ghe.example.com', GITHUB_REPOSITORY: 'ci/repository', ...everyToken };
  const named = { provider: 'gitlab', host: 'gl.example.com' } as const;
  expect(readForgeSettings({ env, remoteUrl: 'https://ghe.example.com/a/b', named })).toMatchObject({ kind: 'github' });
  expect(readForgeSettings({ env, remoteUrl: 'https://gl.example.com/a/b', named })).toMatchObject({
    ...{ kind: 'gitlab', repository: 'a/b', token: 'own', serverUrl: 'https://gl.example.com' },
  });
});

test('the first token that is set counts, without blanks around it', () => {
  const env = {
    ...{ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/mirror' },
    ...{ GITHUB_TOKEN: 'third', GH_TOKEN: ' second\n', MIRRORLOCK_TOKEN: '' },
  };
  expect(readForgeSettings({ env }).token).toBe('second');
});

test('what is missing or wrong is told, and the token is not shown', () => {
  const env = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/mirror', GITHUB_TOKEN: token };
  const settings = (more: Record<string, string>) => () => readForgeSettings({ env: { ...env, ...more } });
  expect(codeOf(settings({ GITHUB_TOKEN: ' ' }))).toBe('forge/no-token');
  expect(settings({ GITHUB_TOKEN: 'one two' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('one') }),
  );
  expect(codeOf(settings({ GITHUB_TOKEN: 'one two' }))).toBe('forge/bad-token');
  expect(codeOf(settings({ GITHUB_REPOSITORY: 'acme/../mirror' }))).toBe('forge/no-repository');
  expect(codeOf(settings({ GITHUB_REPOSITORY: 'a/b/c' }))).toBe('forge/no-repository');
  expect(codeOf(settings({ GITHUB_API_URL: 'ftp://example.com' }))).toBe('forge/bad-address');
  expect(codeOf(settings({ GITHUB_API_URL: 'https://user:secret@example.com' }))).toBe('forge/bad-address');
  expect(settings({ GITHUB_API_URL: 'https://u:secret@example.com' })).toThrow(
    expect.objectContaining({ problems: [expect.objectContaining({ value: 'https://example.com' })] }),
  );
  const nowhere = { env: { GITHUB_API_URL: 'https://api.github.com', GITHUB_TOKEN: token }, remoteUrl: '../mirror' };
  expect(codeOf(() => readForgeSettings(nowhere))).toBe('forge/no-repository');
});

test.for([
  '../mirror',
  '/srv/git/mirror.git',
  'file:///srv/git/a/b',
  'https://github.com/',
  'https://github.com/acme',
  'git@host:..',
  '',
])('%j is no address of a forge', (url) => {
  expect(parseRemoteUrl(url)).toBeUndefined();
});
