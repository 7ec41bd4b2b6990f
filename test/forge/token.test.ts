import { describe, expect, it } from 'vitest';
import type { ForgeHost } from '../../src/config/types.ts';
import { type Problem, UserError } from '../../src/core/problem.ts';
import { readForgeSettings } from '../../src/forge/settings.ts';

const secret = 'glpat-0123456789abcdefABCD';

interface Case {
  readonly remote?: string;
  readonly forge?: ForgeHost;
  readonly ci?: Record<string, string>;
}

const actions = (server: string, api: string) => ({
  GITHUB_SERVER_URL: server,
  GITHUB_API_URL: api,
  GITHUB_REPOSITORY: 'acme/mirror',
});
const gitLabCi = (server: string) => ({
  CI_SERVER_URL: server,
  CI_API_V4_URL: `${server}/api/v4`,
  CI_PROJECT_PATH: 'acme/mirror',
});
const enterprise = actions('https://ghe.example.com', 'https://ghe.example.com/api/v3');
const named = (provider: ForgeHost['provider'], host: string) => ({ provider, host });

/** Which host gets the token of a variable; `-` and the code where none does. */
function receiver(variable: string, { remote, forge, ci = {} }: Case): string {
  try {
    const { apiUrl } = readForgeSettings({ env: { ...ci, [variable]: secret }, remoteUrl: remote, forge });
    return new URL(apiUrl).origin;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `- ${error.problems[0]?.code}`;
  }
}

const none = '- forge/token-withheld';
const unknown = '- forge/unknown';
const gitHub = 'https://api.github.com';
const gitLab = 'https://gitlab.com';
const ghe = 'https://ghe.example.com';

describe('a token goes to the forge that it is for, and nowhere else', () => {
  it.each<[string, Case, Record<'MIRRORLOCK_TOKEN' | 'GITHUB_TOKEN' | 'GITLAB_TOKEN', string>]>([
    ['github.com', { remote: 'https://github.com/a/b' }, all(gitHub, gitHub, '- forge/no-token')],
    ['gitlab.com', { remote: 'https://gitlab.com/a/b' }, all(gitLab, '- forge/no-token', gitLab)],
    ['github.com by SSH', { remote: 'git@github.com:a/b' }, all(gitHub, gitHub, '- forge/no-token')],
    ['github.com over plain HTTP', { remote: 'http://github.com/a/b' }, all(none, none, '- forge/no-token')],
    ['another port of github.com', { remote: 'https://github.com:8443/a/b' }, all(none, none, '- forge/no-token')],
    ['a name below', { remote: 'https://github.com.evil.example/a/b' }, all(unknown, unknown, unknown)],
    ['a name like it', { remote: 'https://gitlab.evil.example/a/b' }, all(unknown, unknown, unknown)],
    ['a name like it, over HTTP', { remote: 'http://github.evil.example/a/b' }, all(unknown, unknown, unknown)],
    ['a name like it, by SSH', { remote: 'git@github.evil.example:a/b' }, all(unknown, unknown, unknown)],
    ['a user like it', { remote: 'https://github.com@evil.example/a/b' }, all(unknown, unknown, unknown)],
    ['a name with a dot at its end', { remote: 'https://github.com./a/b' }, all(unknown, unknown, unknown)],
    ['a name in other letters', { remote: 'https://xn--gthub-n4a.com/a/b' }, all(unknown, unknown, unknown)],
    [
      'the repository of a variable',
      { ci: { GITHUB_REPOSITORY: 'a/b' }, remote: 'https://x.example/a/b' },
      all(none, none, '- forge/no-token'),
    ],
    ['the CI of a server', { ci: enterprise }, all(ghe, ghe, '- forge/no-token')],
    ['the CI of a server, and its remote', { ci: enterprise, remote: `${ghe}/a/b` }, all(ghe, ghe, '- forge/no-token')],
    [
      'the CI of a server, and another remote',
      { ci: enterprise, remote: 'https://x.example/a/b' },
      all(none, ghe, '- forge/no-token'),
    ],
    [
      'the CI of a server over plain HTTP',
      { ci: actions('http://ghe.example.com', 'http://ghe.example.com/api/v3') },
      all(none, none, '- forge/no-token'),
    ],
    [
      'an API over plain HTTP',
      { ci: actions(ghe, 'http://ghe.example.com/api/v3') },
      all(none, none, '- forge/no-token'),
    ],
    [
      'the CI of this machine',
      { ci: actions('http://127.0.0.1:1', 'http://127.0.0.1:1/api/v3') },
      all('http://127.0.0.1:1', 'http://127.0.0.1:1', '- forge/no-token'),
    ],
    [
      'no address of this machine',
      { ci: actions('http://127.0.0.1.evil.example', 'http://127.0.0.1.evil.example') },
      all(none, none, '- forge/no-token'),
    ],
    [
      'the CI of a GitLab',
      { ci: gitLabCi('https://x.example') },
      all('https://x.example', '- forge/no-token', 'https://x.example'),
    ],
    ['the CI of a GitLab over plain HTTP', { ci: gitLabCi('http://x.example') }, all(none, '- forge/no-token', none)],
    [
      'a named GitHub',
      { forge: named('github', 'ghe.example.com'), remote: `${ghe}/a/b` },
      all(ghe, none, '- forge/no-token'),
    ],
    [
      'a named GitLab',
      { forge: named('gitlab', 'x.example'), remote: 'git@x.example:a/b' },
      all('https://x.example', '- forge/no-token', none),
    ],
    [
      'a named host, and another remote',
      { forge: named('github', 'ghe.example.com'), remote: 'https://github.com/a/b' },
      all(none, none, '- forge/no-token'),
    ],
    [
      'a named host, and another port',
      { forge: named('github', 'ghe.example.com'), remote: `${ghe}:8443/a/b` },
      all(none, none, '- forge/no-token'),
    ],
    [
      'a named host, over plain HTTP',
      { forge: named('github', 'ghe.example.com'), remote: 'http://ghe.example.com/a/b' },
      all(none, none, '- forge/no-token'),
    ],
    [
      'a host that is named in the CI of it',
      { forge: named('github', 'ghe.example.com'), ci: enterprise, remote: `${ghe}/a/b` },
      all(ghe, ghe, '- forge/no-token'),
    ],
    [
      'a host that is named in the CI of another',
      { forge: named('gitlab', 'x.example'), ci: enterprise, remote: 'https://x.example/a/b' },
      all('https://x.example', '- forge/no-token', none),
    ],
    [
      'github.com, named',
      { forge: named('github', 'github.com'), remote: 'git@github.com:a/b' },
      all(gitHub, gitHub, '- forge/no-token'),
    ],
  ])('%s', (_, place, expected) => {
    const variables = ['MIRRORLOCK_TOKEN', 'GITHUB_TOKEN', 'GITLAB_TOKEN'] as const;
    expect(Object.fromEntries(variables.map((name) => [name, receiver(name, place)]))).toEqual(expected);
    expect(receiver('GH_TOKEN', place)).toBe(expected.GITHUB_TOKEN);
  });

  function all(own: string, github: string, gitlab: string) {
    return { MIRRORLOCK_TOKEN: own, GITHUB_TOKEN: github, GITLAB_TOKEN: gitlab };
  }
});

describe('a token that stays here', () => {
  function problem(env: Record<string, string>, place: Case): Problem {
    try {
      readForgeSettings({ env: { ...place.ci, ...env }, remoteUrl: place.remote, forge: place.forge });
    } catch (error) {
      if (error instanceof UserError && error.problems[0] !== undefined) return error.problems[0];
      throw error;
    }
    throw new Error('A token was sent.');
  }

  it('is named, with the host and what to write, where the forge is not known', () => {
    const { message, hint } = problem(
      { GITHUB_TOKEN: secret, MIRRORLOCK_TOKEN: secret },
      { remote: 'https://gitlab.x.example:8443/a/b' },
    );
    expect(message).toContain('MIRRORLOCK_TOKEN and GITHUB_TOKEN were not sent to gitlab.x.example:8443');
    expect(hint).toContain('`update: {forge: {provider: gitlab, host: "gitlab.x.example:8443"}}`');
  });

  it('is given by MIRRORLOCK_TOKEN where the host is named already', () => {
    const { message, hint } = problem(
      { GH_TOKEN: secret, GITHUB_TOKEN: secret },
      { forge: named('github', 'ghe.example.com'), remote: `${ghe}/a/b` },
    );
    expect(message).toContain('GH_TOKEN and GITHUB_TOKEN were not sent to ghe.example.com');
    expect(hint).toBe('Give the token for ghe.example.com as MIRRORLOCK_TOKEN.');
  });

  it('is sent to neither where remote and configuration differ', () => {
    const { message, hint } = problem(
      { MIRRORLOCK_TOKEN: secret },
      { forge: named('github', 'ghe.example.com'), remote: 'https://evil.example/a/b' },
    );
    expect(message).toContain('MIRRORLOCK_TOKEN was not sent to evil.example, nor to ghe.example.com');
    expect(hint).toContain('git remote set-url');
  });

  it('tells of plain HTTP', () => {
    const { message, hint } = problem({ GITHUB_TOKEN: secret }, { remote: 'http://github.com/a/b' });
    expect(message).toContain('GITHUB_TOKEN was not sent to http://github.com: a token goes over plain HTTP only');
    expect(hint).toContain('https://');
  });

  it('is replaced by the next that may go, but for MIRRORLOCK_TOKEN', () => {
    const both = { MIRRORLOCK_TOKEN: 'own', GITHUB_TOKEN: 'ci' };
    const place: Case = { ci: enterprise, remote: 'https://x.example/a/b' };
    expect(problem(both, place).message).toContain('MIRRORLOCK_TOKEN was not sent to x.example');
    expect(readForgeSettings({ env: { ...enterprise, ...both }, remoteUrl: `${ghe}/a/b` }).token).toBe('own');
  });
});
