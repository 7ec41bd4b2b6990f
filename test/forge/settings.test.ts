import { expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { parseRemoteUrl, withoutUser } from '../../src/forge/address.ts';
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
    variable: 'GITHUB_TOKEN',
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
    variable: 'GITLAB_TOKEN',
  });
});

test.for([
  ['https://github.com/acme/mirror.git', 'github', 'https://api.github.com', 'acme/mirror'],
  ['https://GitHub.com/acme/mirror', 'github', 'https://api.github.com', 'acme/mirror'],
  ['git@github.com:acme/mirror.git', 'github', 'https://api.github.com', 'acme/mirror'],
  ['ssh://git@ssh.github.com:443/acme/mirror', 'github', 'https://api.github.com', 'acme/mirror'],
  ['https://gitlab.com/group/sub/mirror.git', 'gitlab', 'https://gitlab.com/api/v4', 'group/sub/mirror'],
] as const)('elsewhere the remote %s tells it', ([remoteUrl, kind, apiUrl, repository]) => {
  const settings = readForgeSettings({ env: { MIRRORLOCK_TOKEN: token }, remoteUrl });
  expect(settings).toMatchObject({ kind, apiUrl, repository });
});

test.for([
  ['https://code.example.com/acme/mirror.git', 'github', 'code.example.com', 'https://code.example.com/api/v3'],
  ['https://code.example.com:8443/a/b', 'gitlab', 'code.example.com:8443', 'https://code.example.com:8443/api/v4'],
  ['ssh://git@code.example.com:2222/a/b', 'gitlab', 'code.example.com:8443', 'https://code.example.com:8443/api/v4'],
  ['git@code.example.com:a/b', 'github', 'code.example.com', 'https://code.example.com/api/v3'],
  ['https://acme.ghe.com/a/b', 'github', 'acme.ghe.com', 'https://api.acme.ghe.com'],
  ['http://127.0.0.1:3000/a/b', 'github', '127.0.0.1:3000', 'http://127.0.0.1:3000/api/v3'],
] as const)('the forge of %s is what update.forge says', ([remoteUrl, provider, host, apiUrl]) => {
  const input = { env: { MIRRORLOCK_TOKEN: token }, remoteUrl };
  expect(codeOf(() => readForgeSettings(input))).toBe('forge/unknown');
  expect(readForgeSettings({ ...input, forge: { provider, host } })).toMatchObject({ kind: provider, apiUrl });
});

test('a forge that update.forge names is not the one whose CI runs the job', () => {
  const env = {
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/runner',
    MIRRORLOCK_TOKEN: token,
  };
  const [remoteUrl, host] = ['https://code.example.com/acme/mirror.git', 'code.example.com'];
  const settings = readForgeSettings({ env, remoteUrl, forge: { provider: 'gitlab', host } });
  expect(settings).toMatchObject({ apiUrl: 'https://code.example.com/api/v4', repository: 'acme/mirror' });
});

test('of the two addresses of the CI, one follows from the other', () => {
  const env = { GITHUB_REPOSITORY: 'acme/mirror', GITHUB_TOKEN: token };
  const urls = (more: Record<string, string>) => {
    const { apiUrl, serverUrl } = readForgeSettings({ env: { ...env, ...more } });
    return [apiUrl, serverUrl];
  };
  expect(urls({ GITHUB_API_URL: 'https://api.github.com' })).toEqual(['https://api.github.com', 'https://github.com']);
  const server = ['https://ghe.example.com/api/v3', 'https://ghe.example.com'];
  expect(urls({ GITHUB_API_URL: 'https://ghe.example.com/api/v3' })).toEqual(server);
  expect(urls({ GITHUB_SERVER_URL: 'https://ghe.example.com' })).toEqual(server);
});

test('the first token that is set counts, without blanks around it', () => {
  const env = { GITHUB_REPOSITORY: 'acme/mirror', GITHUB_TOKEN: 'third', GH_TOKEN: ' second\n', MIRRORLOCK_TOKEN: '' };
  expect(readForgeSettings({ env }).token).toBe('second');
});

test('what is missing or wrong is told, and the token is not shown', () => {
  const env = { GITHUB_REPOSITORY: 'acme/mirror', GITHUB_TOKEN: token };
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
  'https://evil.example\\@github.com/acme/mirror',
  'https://evil.example/x@github.com/acme/mirror',
  'https://evil.example#@github.com/acme/mirror',
  'https://evil.example?@github.com/acme/mirror',
  'https://github。com/acme/mirror',
  'https://ｇｉｔｈｕｂ.com/acme/mirror',
  'https://github%2ecom/acme/mirror',
  'https://0x7f.1/acme/mirror',
  'https://2130706433/acme/mirror',
  '',
])('%j is no address of a forge', (url) => {
  expect(parseRemoteUrl(url)).toBeUndefined();
});

test.for([
  ['https://user:pass@github.com/acme/mirror.git', 'https://github.com/acme/mirror.git'],
  ['https://github.com@evil.example/acme/mirror', 'https://evil.example/acme/mirror'],
  ['ssh://git@github.com/acme/mirror', 'ssh://git@github.com/acme/mirror'],
  ['ssh://git:pass@github.com:22/acme/mirror', 'ssh://git@github.com:22/acme/mirror'],
  ['git@github.com:acme/mirror.git', 'git@github.com:acme/mirror.git'],
  ['/srv/a@b/mirror', '/srv/a@b/mirror'],
] as const)('the remote %s is asked without its password: %s', ([url, bare]) => {
  expect(withoutUser(url)).toBe(bare);
});

test.for([
  'https://user:secret@evil.example/x@github.com/acme/mirror',
  'https://user:sec/ret@github.com/acme/mirror',
  'https://evil.example\\@github.com/acme/mirror',
])('which host %s means is not clear', (url) => {
  expect(() => withoutUser(url)).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/sec/) }));
  expect(codeOf(() => withoutUser(url))).toBe('forge/bad-address');
});
