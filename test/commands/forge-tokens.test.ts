import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { userAgent } from '../../src/core/user-agent.ts';
import { type Recorder, startRecorder } from '../support/forge/recorder.ts';
import { botRights, type ForgeWorld, onGitHub, token } from '../support/forge-world.ts';
import { gitIn } from '../support/git.ts';
import { type GitLabProject, type GitLabStandIn, startGitLab } from '../support/gitlab/gitlab.ts';
import { mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

const gitLabToken = 'glpat-0123456789abcdefABCD';
const base64 = (text: string) => Buffer.from(text).toString('base64');
/** As if no CI ran the command. */
const noCi = { GITHUB_API_URL: '', GITHUB_SERVER_URL: '', GITHUB_REPOSITORY: '', GITHUB_TOKEN: '' };
const allTokens = { MIRRORLOCK_TOKEN: token, GH_TOKEN: token, GITHUB_TOKEN: token, GITLAB_TOKEN: token };

let all: ForgeWorld;
let elsewhere: Recorder;
let original: string;

beforeAll(async () => {
  all = await onGitHub(await setWorld({ images: everything, library: tinyLibrary }), botRights);
  original = readFileSync(join(all.world.mirror, 'mirrors.yaml'), 'utf8');
  await all.commit('Begin');
});

beforeEach(async () => {
  elsewhere = await startRecorder();
});

afterEach(async () => {
  writeFileSync(join(all.world.mirror, 'mirrors.yaml'), original);
  await all.git('remote', 'set-url', 'origin', all.repository.url);
});

const configure = (text: string) => appendFileSync(join(all.world.mirror, 'mirrors.yaml'), `\n${text}\n`);
const hostOf = (url: string) => new URL(url).host;
const forge = (host: string) => `update: {forge: {provider: github, host: "${host}"}}`;

/** Runs `update`, which must end so; gives what it says. */
async function update(code: number, env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await all.run(['update', '--dry-run'], code, env);
  expect(stdout + stderr).not.toMatch(/ghs_|0123456789abcdef/i);
  expect(stderr).not.toContain('bug');
  return stderr;
}

describe('a login or token goes to the forge that it is for, and nowhere else', () => {
  it.each([
    'http://github.evil.example/acme/mirror.git',
    'https://github.evil.example/acme/mirror.git',
    'https://gitlab.evil.example:8443/acme/mirror.git',
    'https://github.com.evil.example/acme/mirror.git',
    'https://github.com@evil.example/acme/mirror.git',
    'https://github.com./acme/mirror.git',
    'git@gitlab.evil.example:acme/mirror.git',
  ])('the remote %s gets no request', async (url) => {
    await all.git('remote', 'set-url', 'origin', url);
    const proxies = { http_proxy: elsewhere.url, https_proxy: elsewhere.url };
    const said = await update(2, { ...noCi, ...allTokens, ...proxies });
    const host = /(?:@|\/\/)([a-z0-9.-]+(?::\d+)?)[:/][^@]*$/.exec(url)?.[1];
    expect(said).toContain('forge/unknown');
    expect(said).toContain(`MIRRORLOCK_TOKEN, GH_TOKEN, GITHUB_TOKEN and GITLAB_TOKEN were not sent to ${host}`);
    expect(said).toContain(`host: "${host}"}}\` in mirrors.yaml`);
    expect(elsewhere.requests).toEqual([]);
  });

  it('a remote that programs may read in two ways gets no request', async () => {
    await all.git('remote', 'set-url', 'origin', `${elsewhere.url}/x@github.com/acme/mirror.git`);
    expect(await update(2, { ...noCi, ...allTokens })).toContain('forge/bad-address');
    expect(elsewhere.requests).toEqual([]);
  });

  it('what `insteadOf` makes of the remote is what counts', async () => {
    await all.git('remote', 'set-url', 'origin', 'https://github.com/acme/mirror.git');
    await all.git('config', `url.${elsewhere.url}/.insteadOf`, 'https://github.com/');
    const said = await update(2, { ...noCi, ...allTokens });
    await all.git('config', '--unset', `url.${elsewhere.url}/.insteadOf`);
    expect(said).toContain(`were not sent to ${hostOf(elsewhere.url)}`);
    expect(elsewhere.requests).toEqual([]);
  });

  it('a host gets MIRRORLOCK_TOKEN once mirrors.yaml names it as the error says, and no other token', async () => {
    const since = all.github.heads.length;
    const said = await update(2, { ...noCi, MIRRORLOCK_TOKEN: token });
    const remedy = /Write `(update: .*?\}\})`/.exec(said)?.[1] ?? '';
    expect(remedy).toBe(forge(hostOf(all.github.serverUrl)));
    configure(remedy);
    const named = await update(2, { ...noCi, GITHUB_TOKEN: token, GH_TOKEN: token });
    expect(named).toContain(`GH_TOKEN and GITHUB_TOKEN were not sent to ${hostOf(all.github.serverUrl)}`);
    expect(named).toContain('as MIRRORLOCK_TOKEN');
    expect(all.github.heads.length).toBe(since);
    await update(0, { ...noCi, MIRRORLOCK_TOKEN: token });
    expect(all.github.heads.length).toBeGreaterThan(since);
  });

  it('none goes anywhere where the remote and mirrors.yaml name two hosts', async () => {
    const since = all.github.heads.length;
    configure(forge(hostOf(elsewhere.url)));
    const said = await update(2, { ...noCi, ...allTokens });
    expect(said).toContain('forge/token-withheld');
    expect([all.github.heads.length, elsewhere.requests]).toEqual([since, []]);
  });

  it('a mirrors.yaml with another host changes nothing of where the token of the CI goes', async () => {
    configure(forge(hostOf(elsewhere.url)));
    expect(await update(2)).toContain('forge/token-withheld');
    expect(elsewhere.requests).toEqual([]);
  });

  it('a host that is not one is told with its line and column', async () => {
    configure(forge('https://git.example.com'));
    expect(await update(2)).toMatch(
      /mirrors\.yaml:\d+:\d+[\s\S]*config\/forge-host|config\/forge-host[\s\S]*mirrors\.yaml:\d+:\d+/,
    );
  });

  it('an answer of the API that leads elsewhere is not followed', async () => {
    const to = { location: `${elsewhere.url}/api/v3/repos/acme/mirror` };
    for (const status of [301, 302, 307, 308]) {
      all.github.inject({ on: /GET .*\/repos\/acme\/mirror$/, times: 1, answer: { status, headers: to, body: {} } });
      const said = await update(1);
      expect(said).toContain('forge/redirected');
      expect(said).toContain(elsewhere.url);
    }
    expect(elsewhere.requests).toEqual([]);
  });

  it('an answer that leads to another path of the same API is followed', async () => {
    const to = { location: '/api/v3/repos/acme/mirror?' };
    all.github.inject({ on: /GET .*\/repos\/acme\/mirror$/, times: 1, answer: { status: 301, headers: to, body: {} } });
    await update(0);
  });

  it('a link to a further page elsewhere is not followed', async () => {
    const link = `<${elsewhere.url}/pulls?page=2>; rel="next"`;
    all.github.inject({ on: /GET .*\/pulls$/, times: 1, answer: { status: 200, headers: { link }, body: [] } });
    expect(await update(1)).toContain('forge/redirected');
    expect(elsewhere.requests).toEqual([]);
  });

  it('git that is led elsewhere takes no token along', async () => {
    for (const status of [301, 302, 307]) {
      const to = { location: `${elsewhere.url}/acme/mirror.git/info/refs?service=git-upload-pack` };
      all.github.inject({ on: /GET \/acme\/mirror\.git\/info\/refs/, times: 2, answer: { status, headers: to } });
      const said = await update(1);
      expect(said).toContain('forge/redirected');
      expect(said).toContain(elsewhere.url);
    }
    expect(elsewhere.requests).not.toEqual([]);
    expect(JSON.stringify(elsewhere.heads)).not.toMatch(/authorization/i);
  });

  it('git that is led to another path of the forge goes on, as after a repository was renamed', async () => {
    const to = { location: '/acme/mirror.git/info/refs?service=git-upload-pack' };
    all.github.inject({ on: /GET \/acme\/old\.git\/info\/refs/, answer: { status: 301, headers: to } });
    await all.git('remote', 'set-url', 'origin', all.repository.url.replace('mirror.git', 'old.git'));
    await update(0);
  });

  it('every request says who sends it', async () => {
    const since = all.github.heads.length;
    await update(0);
    const agents = all.github.heads.slice(since).map((head) => head['user-agent'] ?? '');
    expect(agents.length).toBeGreaterThan(3);
    for (const agent of agents) expect(agent).toContain(userAgent);
    expect(agents.some((agent) => agent.startsWith('git/'))).toBe(true);
  });
});

describe('what a forge says is printed without the token', () => {
  const forms = [
    `Authorization: token ${token}`,
    `Authorization: Basic ${base64(`x-access-token:${token}`)}`,
    base64(`{"auth":"${token}"}`),
    [...token].map((one) => `%${one.charCodeAt(0).toString(16)}`).join(''),
  ];

  it.each(forms)('an error that repeats %s', async (form) => {
    all.github.inject({
      on: /GET .*\/repos\/acme\/mirror$/,
      times: 1,
      answer: { status: 403, body: { message: `You sent ${form}!` } },
    });
    const said = await update(1);
    expect(said).toMatch(/You sent .*\*\*\*!/);
    expect(said).not.toContain(form);
  });

  it.each(forms)('a server that tells git %s', async (form) => {
    const headers = { 'content-type': 'text/plain' };
    all.github.inject({
      on: /GET \/acme\/mirror\.git/,
      times: 1,
      answer: { status: 403, headers, body: `No ${form}!` },
    });
    const said = await update(1);
    expect(said).not.toContain(form);
    expect(said).toContain('***');
  });
});

describe('at GitLab', () => {
  let world: World;
  let gitlab: GitLabStandIn;
  let project: GitLabProject;

  beforeAll(async () => {
    world = await setWorld({ images: everything, library: tinyLibrary });
    gitlab = await startGitLab();
    project = await gitlab.addProject('acme/mirror', { 'mirror-bot': 30, alice: 30 });
    gitlab.addToken(gitLabToken, 'mirror-bot');
    await gitIn(world.mirror)('remote', 'add', 'origin', project.url);
    const text = readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8');
    await project.commit('alice', 'main', { 'mirrors.yaml': text });
  });

  async function run(code: number, env: Record<string, string>): Promise<string> {
    const { code: ended, stdout, stderr } = await mirrorlock(world, ['update', '--dry-run'], env);
    expect(ended, stderr).toBe(code);
    expect(stdout + stderr).not.toContain(gitLabToken);
    return stderr;
  }

  const ofCi = () => ({ CI_API_V4_URL: gitlab.apiUrl, CI_SERVER_URL: gitlab.url, CI_PROJECT_PATH: 'acme/mirror' });

  it('PRIVATE-TOKEN follows no answer to another host', async () => {
    const to = { location: `${elsewhere.url}/api/v4/user` };
    gitlab.inject({ on: /GET .*\/projects\//, times: 1, answer: { status: 302, headers: to, body: {} } });
    expect(await run(1, { ...ofCi(), GITLAB_TOKEN: gitLabToken })).toContain('forge/redirected');
    expect(elsewhere.requests).toEqual([]);
  });

  it('an error that repeats the token is printed without it', async () => {
    const body = { message: `PRIVATE-TOKEN: ${gitLabToken} ${base64(`oauth2:${gitLabToken}`)}` };
    gitlab.inject({ on: /GET .*\/projects\//, times: 1, answer: { status: 403, body } });
    const said = await run(1, { ...ofCi(), GITLAB_TOKEN: gitLabToken });
    expect(said).toContain('PRIVATE-TOKEN: *** ');
    expect(said).not.toContain(base64(`oauth2:${gitLabToken}`).slice(12, 24));
  });

  it('only MIRRORLOCK_TOKEN goes to a host that mirrors.yaml names, and every request says who sends it', async () => {
    appendFileSync(
      join(world.mirror, 'mirrors.yaml'),
      `\nupdate: {forge: {provider: gitlab, host: "${hostOf(gitlab.url)}"}}\n`,
    );
    const since = gitlab.heads.length;
    expect(await run(2, { GITLAB_TOKEN: gitLabToken })).toContain(`GITLAB_TOKEN was not sent to ${hostOf(gitlab.url)}`);
    expect(gitlab.heads.length).toBe(since);
    await run(0, { MIRRORLOCK_TOKEN: gitLabToken });
    const agents = gitlab.heads.slice(since).map((head) => head['user-agent'] ?? '');
    expect(agents.filter((agent) => !agent.includes(userAgent))).toEqual([]);
  });
});
