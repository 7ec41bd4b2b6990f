import { expect, test } from 'vitest';
import { ForgeError } from '../../src/forge/errors.ts';
import { htmlAnswer } from '../support/forge/faults.ts';
import { secondaryLimit } from '../support/github/faults.ts';
import { appRights, botToken, fastPace, scene } from './support.ts';

const proposal = { head: 'update', base: 'main', title: 'Update', body: '', isDraft: false };
const query = { head: 'update', state: 'open' } as const;

async function withBranch(options: Parameters<typeof scene>[0] = {}) {
  const all = await scene(options);
  await all.repository.commit('mirrorlock[bot]', 'update', { a: 'a\n' });
  return all;
}

/** The error that a call ends with. */
async function failure(work: Promise<unknown>): Promise<ForgeError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ForgeError) return error;
  throw new Error('no ForgeError', { cause: error });
}

test('a token that is wrong, or no more, is not accepted', async () => {
  const { open, github, forge } = await scene();
  const error = await failure(open('ghs_wrong').readProposal(1));
  expect(error).toMatchObject({ kind: 'unauthorized', exitCode: 1, details: { status: 401, said: 'Bad credentials' } });
  expect(error.message).toBe(
    'forge/unauthorized: GET /repos/acme/mirror/pulls/1: GitHub does not accept the token. The forge says: Bad credentials',
  );
  github.removeToken(botToken);
  expect((await failure(forge.probe())).kind).toBe('unauthorized');
});

test.for([
  ['app', { contents: 'write' }, 'Resource not accessible by integration'],
  ['fine-grained', { contents: 'write', pull_requests: 'read' }, 'Resource not accessible by personal access token'],
] as const)('a token of the kind %s without the right to propose hears its name', async ([kind, permissions, said]) => {
  const { forge } = await withBranch({ token: { kind, permissions } });
  const error = await failure(forge.openProposal(proposal));
  expect(error).toMatchObject({ kind: 'missing-permission', details: { rights: ['pull requests: write'], said } });
  expect(error.problems[0]?.hint).toContain('`pull-requests: write` under `permissions`');
});

test('where one of two rights is enough, both are named; without the header the request tells them', async () => {
  const { forge, github } = await scene({ token: { permissions: { contents: 'write' } } });
  const rights = ['issues: write', 'pull requests: write'];
  await expect(forge.comment({ kind: 'issue', number: 1 }, 'x')).rejects.toMatchObject({ details: { rights } });
  const body = { message: 'Resource not accessible by integration' };
  github.inject({ on: /^POST .*\/comments$/, answer: { status: 403, body } });
  await expect(forge.comment({ kind: 'issue', number: 1 }, 'x')).rejects.toMatchObject({ details: { rights } });
});

test('a repository that lets no workflow open pull requests says how to switch it on', async () => {
  const { forge } = await withBranch({
    repository: { settings: { actionsMayOpenPulls: false } },
    token: { kind: 'actions', login: 'github-actions[bot]' },
  });
  const error = await failure(forge.openProposal(proposal));
  expect(error.kind).toBe('missing-permission');
  expect(error.problems[0]?.hint).toContain('Allow GitHub Actions to create and approve pull requests');
});

test('a private repository that the token does not cover is not found, and its proposal is not absent', async () => {
  const { forge } = await scene({
    repository: { settings: { isPrivate: true } },
    token: { repositories: ['acme/other'] },
  });
  expect((await failure(forge.readProposal(1))).kind).toBe('not-found');
  expect((await failure(forge.compare('main', 'x'))).kind).toBe('not-found');
});

test('a token for another repository may not write to a public one', async () => {
  const { forge } = await withBranch({ token: { repositories: ['acme/other'] } });
  expect((await failure(forge.openProposal(proposal))).kind).toBe('missing-permission');
});

test('an archived repository is said to be', async () => {
  const { forge, repository } = await withBranch();
  repository.settings.isArchived = true;
  expect((await failure(forge.openProposal(proposal))).kind).toBe('archived');
});

test('an exhausted limit that lasts longer than is waited for says until when', async () => {
  const { github, open } = await withBranch();
  github.limits.remaining = 0;
  github.limits.reset = 2_000_000_000;
  const error = await failure(open(botToken, { pace: { ...fastPace, isSpaced: true } }).findProposals(query));
  expect(error).toMatchObject({ kind: 'rate-limited' });
  expect(error.message).toContain('until 2033-05-18T03:33:20.000Z');
});

test('a limit that ends in the past, by a wrong clock, is not waited for without end', async () => {
  const { github, open } = await withBranch();
  Object.assign(github.limits, { remaining: 0, reset: 1_000_000_000 });
  const forge = open(botToken, { pace: { ...fastPace, isSpaced: true, longestWaitSeconds: 60 } });
  expect((await failure(forge.findProposals(query))).kind).toBe('rate-limited');
  expect(forge.counts.reads).toBe(4);
});

test('a limit of some seconds is waited for, and not for longer than allowed in all', async () => {
  const { github, open } = await withBranch();
  const lines: string[] = [];
  const pace = { ...fastPace, isSpaced: true, longestWaitSeconds: 7 };
  const forge = open(botToken, { pace, debug: (line) => lines.push(line) });
  github.inject({ on: /pulls$/, times: 1, answer: secondaryLimit(5) });
  expect((await forge.findProposals(query)).items).toEqual([]);
  expect(lines.filter((line) => line.includes('is sent again in 5 s'))).toHaveLength(1);
  github.inject({ on: /pulls$/, times: 1, answer: secondaryLimit(5) });
  const error = await failure(forge.findProposals(query));
  expect(error).toMatchObject({ kind: 'rate-limited', details: { retryAfterSeconds: 5 } });
});

test.for([
  [502, 'server'],
  [500, 'server'],
] as const)('a fault of GitHub (%s) is tried again, and then told', async ([status, kind]) => {
  const { github, forge } = await withBranch();
  github.inject({ on: /pulls$/, times: 2, answer: htmlAnswer(status) });
  expect((await forge.findProposals(query)).items).toEqual([]);
  github.inject({ on: /pulls$/, answer: htmlAnswer(status) });
  const before = forge.counts.reads;
  const error = await failure(forge.findProposals(query));
  expect(error.kind).toBe(kind);
  expect(error.message).not.toContain('Unicorn');
  expect(forge.counts.reads - before).toBe(1 + fastPace.retries);
});

test('what opens something is not sent twice, since the first may have arrived', async () => {
  const { github, forge, repository } = await withBranch();
  github.inject({ on: /^POST .*\/(?:pulls|issues|comments)$/, answer: 'drop', after: true });
  expect((await failure(forge.openProposal(proposal))).kind).toBe('network');
  expect(repository.pulls()).toHaveLength(1);
  expect((await failure(forge.openIssue({ title: 'x', body: '', labels: [] }))).kind).toBe('network');
  expect((await failure(forge.comment({ kind: 'issue', number: 2 }, 'x'))).kind).toBe('network');
  expect(repository.thread(2).comments).toHaveLength(1);
  expect(github.requests.filter((line) => line.startsWith('POST'))).toHaveLength(3);
});

test('a connection that breaks while reading is tried again', async () => {
  const { github, forge } = await withBranch();
  github.inject({ on: /pulls$/, times: 2, answer: 'drop' });
  expect((await forge.findProposals(query)).items).toEqual([]);
});

test('a forge that is silent, or not there, is told', async () => {
  const { github, open } = await withBranch();
  github.inject({ on: /pulls$/, answer: 'hang' });
  const pace = { ...fastPace, retries: 0 };
  expect((await failure(open(botToken, { limitMs: 100, pace }).findProposals(query))).kind).toBe('timeout');
});

test.for([
  ['a page', htmlAnswer(200)],
  ['a text', { status: 200, headers: { 'content-type': 'application/json' }, body: '"hello"' }],
  ['another object', { status: 200, body: { hello: 'world' } }],
  ['a page that refuses', htmlAnswer(403)],
  ['a page that finds nothing', htmlAnswer(404)],
] as const)('%s in place of an answer is no answer of GitHub', async ([, answer]) => {
  const { github, forge } = await withBranch();
  github.inject({ on: /^[A-Z]+ \/api\/v3\/repos/, answer });
  expect((await failure(forge.findProposals(query))).kind).toBe('bad-answer');
  expect((await failure(forge.readProposal(1))).kind).toBe('bad-answer');
  expect((await failure(forge.compare('main', 'x'))).kind).toBe('bad-answer');
  expect((await failure(forge.openProposal(proposal))).kind).toBe('bad-answer');
});

test('an answer that is far too large is not read', async () => {
  const { github, forge } = await withBranch();
  const body = `["${'x'.repeat(33 * 1024 * 1024)}"]`;
  github.inject({ on: /pulls$/, answer: { status: 200, headers: { 'content-type': 'application/json' }, body } });
  expect((await failure(forge.findProposals(query))).kind).toBe('bad-answer');
});

test('a signal ends what is waited for at once', async () => {
  const { github, open } = await withBranch();
  const controller = new AbortController();
  const forge = open(botToken, { signal: controller.signal });
  github.inject({ on: /pulls$/, answer: 'hang' });
  const pending = failure(forge.findProposals(query));
  controller.abort();
  expect(await pending).toMatchObject({ kind: 'interrupted', exitCode: 130 });
  expect((await failure(forge.compare('main', 'x'))).kind).toBe('interrupted');
});

test('words from outside are one short line without control characters, and never hold the token', async () => {
  const { github, forge } = await scene({ token: { permissions: appRights } });
  const basic = Buffer.from(`x-access-token:${botToken}`).toString('base64');
  const message = `Bad \u001b[31mthing\n with ${botToken} and ${basic} ${'x'.repeat(1000)}`;
  github.inject({ on: /pulls/, answer: { status: 422, body: { message } } });
  const error = await failure(forge.findProposals(query));
  expect(error.kind).toBe('validation');
  expect(error.message).toContain('Bad [31mthing with *** and ***');
  const shown = [
    error.message,
    error.stack,
    JSON.stringify(error),
    JSON.stringify(error.problems),
    String(error.cause),
  ];
  expect(shown.join('\n')).not.toContain(botToken);
  expect(shown.join('\n')).not.toContain(basic);
  expect(error.message.length).toBeLessThan(600);
});
