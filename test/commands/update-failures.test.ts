import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCli, startCli } from '../support/cli.ts';
import { htmlAnswer } from '../support/forge/faults.ts';
import { botRights, type ForgeWorld, onGitHub, token } from '../support/forge-world.ts';
import { gitIn } from '../support/git.ts';
import { secondaryLimit } from '../support/github/faults.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

const branch = 'refs/heads/mirrorlock/update';
let all: ForgeWorld;
const tip = () => all.repository.git.find(branch);
const fails = async (code: string, env: Record<string, string> = {}, exitCode = 1) => {
  const { stderr } = await all.run(['update'], exitCode, env);
  expect(stderr).toContain(code);
  expect(stderr).not.toContain(token);
  expect(stderr).not.toContain('bug');
  return stderr;
};

beforeEach(async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  all = await onGitHub(world, botRights);
});

/** Starts `update` in its own process, and ends it as soon as a request is there. */
async function killAt(request: RegExp): Promise<void> {
  const since = all.github.requests.length;
  const running = startCli(['update', '-C', all.world.mirror], { env: all.environment });
  while (!all.github.requests.slice(since).some((line) => request.test(line)))
    await new Promise((resolve) => setTimeout(resolve, 5));
  running.kill('SIGKILL');
  expect((await running.result).signal).toBe('SIGKILL');
}

describe('update that was killed', () => {
  const points = [
    { at: 'before the pull request', on: /POST .*\/pulls$/, after: false },
    { at: 'when the pull request is open', on: /POST .*\/pulls$/, after: true },
    { at: 'before the labels', on: /POST .*\/labels$/, after: false },
    { at: 'when the labels are there', on: /POST .*\/labels$/, after: true },
    { at: 'when all is there', on: /PATCH .*\/pulls\/1$/, after: true },
  ];

  it.each(points)('$at goes on: one pull request with its labels, one commit, no comment', async ({ on, after }) => {
    appendFileSync(join(all.world.mirror, 'mirrors.yaml'), '\nupdate: {labels: [mirror]}\n');
    await all.commit('Begin');
    all.github.inject({ on, answer: 'hang', times: 1, after });
    await killAt(on);
    await all.run(['update']);
    expect(await all.json(['update'])).toMatchObject({ written: false, requests: { writes: 0 } });
    expect(all.repository.pulls()).toMatchObject([{ isOpen: true, labels: ['mirror'], comments: [] }]);
    expect(await all.repository.git.commits(`refs/heads/main..${branch}`)).toHaveLength(1);
  });

  it('between the comment and the closing closes it, and comments once', async () => {
    await all.run(['lock']);
    await all.run(['render']);
    await all.commit('Begin');
    publish(all.world.upstream, all.world.source, { rebuilt: ['alpine'] });
    await all.run(['update']);
    publish(all.world.upstream, all.world.source);
    all.github.inject({ on: /PATCH .*\/pulls\/1$/, answer: 'hang', times: 1 });
    await killAt(/PATCH .*\/pulls\/1$/);
    expect(all.repository.thread(1)).toMatchObject({ isOpen: true, comments: [{}] });
    await all.run(['update']);
    expect(all.repository.thread(1)).toMatchObject({ isOpen: false, comments: [{}] });
    expect(all.repository.thread(1).comments).toHaveLength(1);
    expect(await tip()).toBeUndefined();
  });
});

describe('update that cannot do its work says why, and pushes nothing', () => {
  it('without a token, with an expired one, and with one of another repository', async () => {
    await all.commit('Begin');
    await fails('forge/no-token', { GITHUB_TOKEN: '' }, 2);
    await fails('forge/unauthorized', { GITHUB_TOKEN: 'ghs_expired' });
    all.github.addToken(token, { login: 'x[bot]', kind: 'app', permissions: botRights, repositories: ['acme/other'] });
    await fails('contents: write');
    expect(await tip()).toBeUndefined();
  });

  it('without the right to push, or to open pull requests, which it names', async () => {
    await all.commit('Begin');
    all.github.addToken(token, { login: 'x[bot]', kind: 'app', permissions: { contents: 'read' } });
    expect(await fails('update/may-not-push')).toContain('contents: write');
    all.github.addToken(token, { login: 'x[bot]', kind: 'app', permissions: { contents: 'write' } });
    expect(await fails('forge/missing-permission')).toContain('pull requests: write');
    all.repository.settings.actionsMayOpenPulls = false;
    all.github.addToken(token, { login: 'github-actions[bot]', kind: 'actions', permissions: botRights });
    expect(await fails('forge/missing-permission')).toContain('Allow GitHub Actions');
  });

  it('to a protected branch, past a hook, in an archived and in an empty repository', async () => {
    await fails('update/no-base');
    await all.commit('Begin');
    all.repository.settings.protectedBranches.push('mirrorlock/update');
    await fails('forge/protected-branch');
    all.repository.settings.protectedBranches.length = 0;
    all.repository.git.setHook('pre-receive', '#!/bin/sh\necho "not today" >&2\nexit 1\n');
    expect(await fails('forge/push-rejected')).toContain('not today');
    all.repository.settings.isArchived = true;
    await fails('update/archived');
    expect(await tip()).toBeUndefined();
  });

  it('A2: beside a branch whose name is in the way, which it names, and never takes for a faster run', async () => {
    await all.commit('Begin');
    await all.repository.commit('alice', 'mirrorlock', { 'note.txt': 'mine' });
    const said = await fails('forge/name-taken');
    expect(said).toContain('`mirrorlock`');
    expect(said).toContain('update.branch');
  });

  it('A2: where the forge says that a pull request exists and has none open', async () => {
    await all.commit('Begin');
    const errors = [{ resource: 'PullRequest', code: 'custom', message: 'A pull request already exists for acme:x.' }];
    const answer = { status: 422, body: { message: 'Validation Failed', errors, documentation_url: 'https://x' } };
    all.github.inject({ on: /POST .*\/pulls$/, answer });
    await fails('forge/exists');
  });

  it('while the API is down, answers HTML, or asks to wait too long', async () => {
    await all.commit('Begin');
    all.github.inject({ on: /GET .*\/repos\/acme\/mirror$/, answer: htmlAnswer(200), times: 1 });
    await fails('forge/bad-answer');
    all.github.inject({ on: /GET .*\/repos\/acme\/mirror$/, answer: secondaryLimit(7200), times: 1 });
    await fails('forge/rate-limited');
    await fails('forge/network', { GITHUB_API_URL: 'http://127.0.0.1:9/api/v3' });
    expect(await tip()).toBeUndefined();
  });

  it('outside a git repository, and without a remote', async () => {
    await all.git('remote', 'remove', 'origin');
    await fails('update/no-remote', {}, 2);
  });
});

describe('update works in any checkout', () => {
  it('dirty, detached and shallow: only what the remote has counts', async () => {
    await all.commit('Begin');
    await all.run(['update']);
    await all.repository.commit('alice', 'main', { 'README.md': 'one' });
    await all.repository.commit('alice', 'main', { 'README.md': 'two' });
    const clone = join(all.world.home, 'shallow');
    await gitIn(all.world.home)('clone', '--quiet', '--depth=1', all.repository.url, clone);
    await gitIn(clone)('checkout', '--quiet', '--detach');
    writeFileSync(join(clone, 'mirrors.yaml'), 'version: [');
    writeFileSync(join(clone, 'mirrors.lock.yaml'), 'mine');
    const { stdout, stderr } = await runCli(['update', '--json', '-C', clone], { env: all.environment });
    expect(JSON.parse(stdout || stderr)).toMatchObject({
      decision: 'a change and an open PR whose content equals',
      requests: { writes: 0 },
    });
  });
});

describe('what a pull request of update wears, and workflow files', () => {
  const ci = 'ci: {provider: github}';
  const workflow = '.github/workflows/mirrorlock-update.yml';
  const update = 'update: {labels: [mirror], reviewers: [carol], assignees: [carol], draft: true}';

  it('is labelled, assigned and reviewed once: what people take off stays off', async () => {
    appendFileSync(join(all.world.mirror, 'mirrors.yaml'), `\n${update}\n`);
    all.repository.settings.collaborators.push('carol');
    await all.commit('Begin');
    await all.run(['update']);
    const dressed = { labels: ['mirror'], assignees: [{ login: 'carol' }], reviewers: [{ login: 'carol' }] };
    expect(all.repository.pulls()).toMatchObject([{ ...dressed, isDraft: true }]);
    Object.assign(all.repository.thread(1), { labels: [], assignees: [], reviewers: [] });
    expect(await all.json(['update'])).toMatchObject({ requests: { writes: 0 } });
  });

  it('lacks workflow files with GITHUB_TOKEN, and says so', async () => {
    appendFileSync(join(all.world.mirror, 'mirrors.yaml'), `\n${ci}\n`);
    await all.commit('Begin');
    const done = await all.json(['update']);
    expect(done).toMatchObject({ leftOut: expect.arrayContaining([workflow]) });
    expect(all.repository.thread(1).body).toContain(workflow);
    expect(await all.repository.git.read(branch, workflow)).toBeUndefined();
  });

  it('holds workflow files with an App that may push them, and lacks them with one that may not', async () => {
    appendFileSync(join(all.world.mirror, 'mirrors.yaml'), `\n${ci}\n`);
    await all.commit('Begin');
    all.github.addToken(token, { login: 'm[bot]', kind: 'app', permissions: botRights });
    expect(await all.json(['update'])).toMatchObject({ leftOut: expect.arrayContaining([workflow]) });
    all.github.addToken(token, { login: 'm[bot]', kind: 'app', permissions: { ...botRights, workflows: 'write' } });
    expect(await all.json(['update'])).toMatchObject({ leftOut: [], pullRequest: { number: 1 } });
    expect(await all.repository.git.read(branch, workflow)).toContain('mirrorlock');
  });
});
