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
  ['ssh://git@github.example.com:2222/acme/mirror', 'github', 'https://github.example.com/api/v3', 'acme/mirror'],
  ['https://gitlab.com/group/sub/mirror.git', 'gitlab', 'https://gitlab.com/api/v4', 'group/sub/mirror'],
  ['https://gitlab.example.com:8443/a/b', 'gitlab', 'https://gitlab.example.com:8443/api/v4', 'a/b'],
] as const)('elsewhere the remote %s tells it', ([remoteUrl, kind, apiUrl, repository]) => {
  const settings = readForgeSettings({ env: { MIRRORLOCK_TOKEN: token }, remoteUrl });
  expect(settings).toMatchObject({ kind, apiUrl, repository });
});

test('a host of any name is what ci.provider says', () => {
  const input = { env: { MIRRORLOCK_TOKEN: token }, remoteUrl: 'https://code.example.com/acme/mirror.git' };
  expect(codeOf(() => readForgeSettings(input))).toBe('forge/unknown');
  expect(readForgeSettings({ ...input, provider: 'gitlab' }).apiUrl).toBe('https://code.example.com/api/v4');
  expect(readForgeSettings({ ...input, provider: 'github' }).apiUrl).toBe('https://code.example.com/api/v3');
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
  '',
])('%j is no address of a forge', (url) => {
  expect(parseRemoteUrl(url)).toBeUndefined();
});
