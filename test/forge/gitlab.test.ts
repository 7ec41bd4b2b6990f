import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildCommit } from '../../src/forge/git/commit.ts';
import { pushCommit } from '../../src/forge/git/push.ts';
import { commentOnce, keepIssue, settleIssue } from '../../src/forge/hidden-markers.ts';
import { openForge } from '../../src/forge/open.ts';
import { setProposalMetadata } from '../../src/forge/proposal-metadata.ts';
import { readForgeSettings } from '../../src/forge/settings.ts';
import type { Forge } from '../../src/forge/types.ts';
import { onCleanUp } from '../support/cleanup.ts';
import { gitIn, plainEnv } from '../support/git.ts';
import { type GitLabProject, type GitLabStandIn, startGitLab } from '../support/gitlab/gitlab.ts';
import { temporaryDirectory as temporaryFolder } from '../support/temporary-directory.ts';
import { fastPace } from './support.ts';

const token = 'glpat-0123456789abcdefghij';
const bot = 'project_1_bot_abc';
const branch = 'mirrorlock/update';
const proposal = { head: branch, base: 'main', title: 'Update', body: 'Text', isDraft: false };
const drift = { key: 'drift', label: 'mirrorlock', title: 'Drift', body: 'Two tags differ.' };

interface Scene {
  readonly gitlab: GitLabStandIn;
  readonly project: GitLabProject;
  readonly forge: Forge;
  readonly tip: string;
  open(secret?: string): Forge;
}

async function scene(level = 40): Promise<Scene> {
  const gitlab = await startGitLab();
  const project = await gitlab.addProject('group/sub/mirror', { [bot]: level, alice: 40, bob: 30 });
  gitlab.addToken(token, bot);
  for (const username of ['alice', 'bob']) gitlab.addToken(`glpat-${username}`, username);
  await project.commit('alice', 'main', { 'README.md': '# A mirror\n' }, 'Begin');
  const tip = await project.commit(bot, branch, { 'mirrors.lock.yaml': 'version: 1\n' }, 'Lock');
  const open = (secret = token): Forge => {
    const env = {
      CI_API_V4_URL: gitlab.apiUrl,
      CI_SERVER_URL: gitlab.url,
      CI_PROJECT_PATH: project.path,
      GITLAB_TOKEN: secret,
    };
    const forge = openForge(readForgeSettings({ env }), { env, homeDirectory: '/nowhere', pace: fastPace });
    onCleanUp(() => forge.close());
    return forge;
  };
  return { gitlab, project, forge: open(), tip, open };
}

test('a merge request is opened, found, read, edited and closed as a proposal', async () => {
  const { forge, tip } = await scene();
  expect(await forge.openProposal(proposal)).toMatchObject({
    number: 1,
    state: 'open',
    title: 'Update',
    body: 'Text',
    base: 'main',
    head: { branch, commit: tip },
    author: { name: bot, isBot: true },
    isDraft: false,
    hasConflict: false,
  });
  const { items, complete } = await forge.findProposals({ head: branch, state: 'open' });
  expect({ numbers: items.map(({ number }) => number), complete }).toEqual({ numbers: [1], complete: true });
  expect(await forge.editProposal(1, { title: 'Other', body: 'More' })).toMatchObject({ title: 'Other', body: 'More' });
  expect(await forge.closeProposal(1)).toMatchObject({ state: 'closed' });
  expect(await forge.closedBy(1)).toEqual({ name: bot, isBot: true });
  expect((await forge.findProposals({ head: branch, state: 'open' })).items).toEqual([]);
  expect((await forge.findProposals({ head: branch, state: 'closed' })).items).toHaveLength(1);
  expect(await forge.readProposal(2)).toBeUndefined();
  await expect(scene().then((other) => other.forge.openProposal({ ...proposal, head: 'no' }))).rejects.toMatchObject({
    kind: 'validation',
    message: expect.stringContaining('source_branch does not exist'),
  });
});

test('a draft stays one when its title changes', async () => {
  const { forge, project } = await scene();
  expect(await forge.openProposal({ ...proposal, isDraft: true })).toMatchObject({ isDraft: true, title: 'Update' });
  expect(project.mergeRequests[0]?.title).toBe('Draft: Update');
  expect(await forge.editProposal(1, { title: 'Other' })).toMatchObject({ isDraft: true, title: 'Other' });
  expect(project.mergeRequests[0]?.title).toBe('Draft: Other');
});

test('a second merge request for the same branches exists already', async () => {
  const { forge } = await scene();
  await forge.openProposal(proposal);
  await expect(forge.openProposal(proposal)).rejects.toMatchObject({ kind: 'exists' });
});

test('a merge request from a fork is none of this project', async () => {
  const { forge, gitlab, project } = await scene();
  const fork = await gitlab.addProject('alice/mirror', { alice: 40 });
  await fork.git.run('fetch', '--quiet', project.git.folder, '+refs/heads/*:refs/heads/*');
  await project.openFromFork(fork, branch, 'alice');
  expect((await forge.findProposals({ head: branch, state: 'all' })).items).toEqual([]);
  expect((await forge.readProposal(1))?.head).toMatchObject({ branch, fork: String(fork.id) });
});

test('no line of ours is a quick action, and texts come back as they were', async () => {
  const { forge, gitlab } = await scene();
  const body = 'Moved:\n/close\n  /assign @alice\nand/or\n`/x`';
  const opened = await forge.openProposal({ ...proposal, body });
  expect(opened.body).toBe(body);
  await forge.comment({ kind: 'proposal', number: 1 }, '/merge');
  expect((await forge.listComments({ kind: 'proposal', number: 1 })).items.map((one) => one.body)).toEqual(['/merge']);
  expect(gitlab.violations).toEqual([]);
});

test('labels, reviewers, assignees and auto-merge are put on, once', async () => {
  const all = await scene();
  const opened = await all.forge.openProposal(proposal);
  const request = all.project.mergeRequests[0];
  if (request === undefined) throw new Error('no merge request');
  request.hasPipeline = true;
  const dress = {
    labels: ['mirror', 'bot'],
    reviewers: ['alice', 'bob'],
    assignees: ['bob'],
    autoMerge: 'merge',
  } as const;
  expect(await setProposalMetadata(all.forge, opened, dress)).toEqual([]);
  const dressed = await all.forge.readProposal(1);
  expect(dressed).toMatchObject({
    labels: ['mirror', 'bot'],
    reviewers: ['alice', 'bob'],
    assignees: ['bob'],
    autoMerge: true,
  });
  const { writes } = all.forge.counts;
  if (dressed !== undefined) expect(await setProposalMetadata(all.forge, dressed, dress)).toEqual([]);
  expect(all.forge.counts.writes).toBe(writes);
  await all.forge.setAutoMerge(1, undefined);
  expect(request.autoMerge).toBe(false);
});

test('whom GitLab does not know or take is named, and it never merges for want of a pipeline', async () => {
  const { forge, project } = await scene();
  project.hasManyReviewers = false;
  const opened = await forge.openProposal(proposal);
  const dress = { labels: [], reviewers: ['alice', 'bob', '@ops'], assignees: ['ghost'], autoMerge: 'merge' } as const;
  const problems = await setProposalMetadata(forge, opened, dress);
  expect(problems.map(({ code, value }) => ({ code, value }))).toEqual([
    { code: 'forge/reviewers', value: 'alice, bob, @ops' },
    { code: 'forge/assignees', value: 'ghost' },
    { code: 'forge/auto-merge', value: 'merge' },
  ]);
  expect(project.mergeRequests[0]).toMatchObject({
    autoMerge: false,
    state: 'opened',
    reviewers: [{ username: 'alice' }],
  });
});

test('two branches are compared', async () => {
  const { forge, project } = await scene();
  const start = await project.git.find('main');
  await project.commit('alice', 'main', { 'a.txt': 'a\n' });
  expect(await forge.compare('main', branch)).toEqual({ ahead: 1, behind: 1, mergeBase: start });
  expect(await forge.compare('main', 'no')).toBeUndefined();
});

test('one issue is kept, comments are made once, and GitLab’s own notes are none', async () => {
  const { forge, project } = await scene();
  expect(await keepIssue(forge, drift)).toMatchObject({ done: 'opened', issue: { number: 1, labels: ['mirrorlock'] } });
  expect(await keepIssue(forge, drift)).toMatchObject({ done: 'left' });
  expect(await keepIssue(forge, { ...drift, title: 'More drift', body: '/close\nThree.' })).toMatchObject({
    done: 'updated',
  });
  expect(await keepIssue(forge, { ...drift, title: 'More drift', body: '/close\nThree.' })).toMatchObject({
    done: 'left',
  });
  const subject = { kind: 'issue', number: 1 } as const;
  expect(await commentOnce(forge, subject, { key: 'a', body: 'Hello' })).toBe(true);
  expect(await commentOnce(forge, subject, { key: 'a', body: 'Hello' })).toBe(false);
  expect((await forge.listComments(subject)).items).toHaveLength(1);
  expect(project.issues[0]?.notes).toHaveLength(2);
  expect(await settleIssue(forge, 'drift', 'mirrorlock', 'Nothing differs.')).toMatchObject({ state: 'closed' });
  expect(project.issues[0]?.state).toBe('closed');
});

test('a list has pages, and what is left out is said', async () => {
  const { forge } = await scene();
  for (let at = 0; at < 5; at++) {
    const { number } = await forge.openProposal({ ...proposal, title: `Update ${at}` });
    await forge.closeProposal(number);
  }
  const titles = async (limit: number) => {
    const { items, complete } = await forge.findProposals({ head: branch, state: 'closed', limit });
    return { titles: items.map(({ title }) => title), complete };
  };
  expect(await titles(2)).toEqual({ titles: ['Update 4', 'Update 3'], complete: false });
  expect(await titles(5)).toMatchObject({ complete: true });
});

test('whom a token belongs to and what its role allows', async () => {
  const { forge, project, gitlab, open } = await scene();
  expect(await forge.identify()).toEqual({ name: bot, isBot: true });
  expect(await forge.probe()).toMatchObject({
    defaultBranch: 'main',
    mayPush: 'yes',
    mayPropose: 'yes',
  });
  project.members.set('carol', 20);
  gitlab.addToken('glpat-carol', 'carol');
  expect(await open('glpat-carol').probe()).toMatchObject({ mayPush: 'no', mayPushWorkflows: 'no' });
  project.isArchived = true;
  expect(await forge.probe()).toMatchObject({ isArchived: true, mayPush: 'no' });
});

test('what goes wrong has a kind of its own, and never holds the token', async () => {
  const { forge, project, gitlab, open } = await scene(20);
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );
  await expect(open('glpat-wrong').readProposal(1)).rejects.toMatchObject({ kind: 'unauthorized' });
  await expect(forge.openProposal(proposal)).rejects.toMatchObject({
    kind: 'missing-permission',
    details: { rights: ['role: Developer'] },
  });
  gitlab.addToken('glpat-read', 'alice', ['read_api']);
  await expect(open('glpat-read').openProposal(proposal)).rejects.toMatchObject({
    details: { rights: ['scope: api'] },
  });
  gitlab.addToken('glpat-other', 'stranger');
  for (const work of [open('glpat-other').compare('main', branch), open('glpat-other').readProposal(1)]) {
    await expect(work).rejects.toMatchObject({ kind: 'not-found' });
  }
  const body = { message: `Bad ${token}` };
  gitlab.inject({ on: /merge_requests$/, times: 1, answer: { status: 422, body } });
  const error = await failure(forge.findProposals({ head: branch, state: 'open' }));
  expect(error).toMatchObject({ kind: 'validation', message: expect.stringContaining('Bad ***') });
  gitlab.inject({ on: /notes$/, answer: 'drop' });
  const dropped = await failure(forge.listComments({ kind: 'proposal', number: 1 }));
  expect(dropped).toMatchObject({ kind: 'network' });
  for (const one of [error, dropped]) {
    const shown = one instanceof Error ? [one.message, one.stack, String(one.cause), JSON.stringify(one)] : [];
    expect(shown.join('\n')).not.toContain(token);
  }
  project.isArchived = true;
  await expect(open('glpat-alice').openProposal(proposal)).rejects.toMatchObject({ kind: 'archived' });
});

test('limits are waited for within bounds, faults are tried again, and what opens something is sent once', async () => {
  const { gitlab, forge, project } = await scene();
  const query = { head: branch, state: 'open' } as const;
  const limited = { status: 429, headers: { 'retry-after': '5', 'content-type': 'text/plain' }, body: 'Retry later' };
  gitlab.inject({ on: /merge_requests$/, times: 1, answer: limited });
  await expect(forge.findProposals(query)).rejects.toMatchObject({
    kind: 'rate-limited',
    details: { retryAfterSeconds: 5 },
  });
  gitlab.inject({ on: /merge_requests$/, times: 2, answer: { status: 502, body: 'bad gateway' } });
  expect((await forge.findProposals(query)).items).toEqual([]);
  gitlab.inject({ on: /^POST .*merge_requests$/, times: 1, answer: 'drop', after: true });
  await expect(forge.openProposal(proposal)).rejects.toMatchObject({ kind: 'network' });
  expect(project.mergeRequests).toHaveLength(1);
  const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' };
  gitlab.inject({ on: /merge_requests/, answer: html });
  await expect(forge.findProposals(query)).rejects.toMatchObject({ kind: 'bad-answer' });
  await expect(forge.readProposal(1)).rejects.toMatchObject({ kind: 'bad-answer' });
});

test('a commit is pushed to GitLab, and its refusals are told apart', async () => {
  const { gitlab, project, tip } = await scene();
  const temporaryDirectory = temporaryFolder().path;
  const directory = join(temporaryDirectory, 'checkout');
  await gitIn(temporaryDirectory)('clone', '--quiet', project.git.folder, directory);
  const git = { directory, env: plainEnv };
  const files = new Map([['mirrors.lock.yaml', 'version: 2\n']]);
  const author = { name: 'mirrorlock', email: 'mirrorlock@example.com' };
  const built = await buildCommit(git, {
    base: tip,
    files,
    message: 'x',
    author,
    date: new Date(0),
    temporaryDirectory,
  });
  const commit = built?.commit ?? '';
  const remote = { url: project.url, token, username: 'oauth2' };
  const ref = `refs/heads/${branch}`;
  const push = (more: object, to = ref, expected: string | 'absent' = tip) =>
    pushCommit(git, { ...remote, ...more }, { commit, ref: to, expected });
  await expect(push({ token: 'glpat-wrong' })).rejects.toMatchObject({ kind: 'unauthorized' });
  gitlab.addToken('glpat-read', 'alice', ['read_api']);
  await expect(push({ token: 'glpat-read' })).rejects.toMatchObject({ kind: 'missing-permission' });
  gitlab.addToken('glpat-stranger', 'stranger');
  await expect(push({ token: 'glpat-stranger' })).rejects.toMatchObject({ kind: 'not-found' });
  const main = (await project.git.find('main')) ?? '';
  await expect(push({}, 'refs/heads/main', main)).rejects.toMatchObject({ kind: 'protected-branch' });
  expect(await push({})).toBe(true);
  expect(await project.git.find(branch)).toBe(commit);
});

test('a request that GitLab does not document fails the test that sent it', async () => {
  const { gitlab } = await scene();
  const headers = { 'private-token': token };
  await fetch(`${gitlab.apiUrl}/projects/group%2Fsub%2Fmirror/merge_requests?colour=red`, { headers });
  await fetch(`${gitlab.apiUrl}/projects/group%2Fsub%2Fmirror/pipelines`, { headers });
  expect(gitlab.violations).toEqual([
    expect.stringContaining('colour is unknown'),
    expect.stringContaining('no such route'),
  ]);
  gitlab.violations.length = 0;
});

test('the names of a project’s variables are read by a Maintainer, page by page, and by nobody else', async () => {
  const { forge, open, project } = await scene();
  project.variables = Array.from({ length: 120 }, (_, index) => `V${index}`);
  const { secrets, variables, isPartial } = await forge.ciSettings(undefined);
  expect([secrets, variables, isPartial]).toEqual([project.variables, project.variables, true]);
  await expect(open('glpat-bob').ciSettings(undefined)).rejects.toMatchObject({ kind: 'missing-permission' });
});
