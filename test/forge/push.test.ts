import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ForgeError } from '../../src/forge/errors.ts';
import { buildCommit } from '../../src/forge/git/commit.ts';
import { pushFailure } from '../../src/forge/git/failure.ts';
import { deleteBranch, pushCommit } from '../../src/forge/git/push.ts';
import { fetchTip, hasCommit, pushUrl } from '../../src/forge/git/read.ts';
import { bot, date, type GitScene, gitScene } from './git-support.ts';
import { appRights, botToken } from './support.ts';

const branch = 'mirrorlock/update';
const ref = `refs/heads/${branch}`;

async function build(all: GitScene, files: Record<string, string>, base = all.base): Promise<string> {
  const { temporary: temporaryDirectory } = all;
  const changes = new Map(Object.entries(files));
  const built = await buildCommit(all.git, {
    base,
    files: changes,
    message: 'x',
    author: bot,
    date,
    temporaryDirectory,
  });
  return built?.commit ?? '';
}

async function failure(work: Promise<unknown>): Promise<ForgeError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ForgeError) return error;
  throw new Error('no ForgeError', { cause: error });
}

test('a commit is pushed to a new branch, and a proposal can be opened for it', async () => {
  const all = await gitScene();
  const commit = await build(all, { 'mirrors.lock.yaml': 'version: 1\n' });
  expect(await pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' })).toBe(true);
  expect(await fetchTip(all.git, all.remote, branch)).toBe(commit);
  expect(await pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' })).toBe(false);
  const opened = await all.forge.openProposal({ head: branch, base: 'main', title: 'x', body: '', isDraft: false });
  expect(opened.head.commit).toBe(commit);
  expect(all.run('for-each-ref', '--format=%(refname)').split('\n')).toEqual([
    'refs/heads/main',
    'refs/remotes/origin/HEAD',
    'refs/remotes/origin/main',
  ]);
});

test('a branch is moved by force only where it is where it was', async () => {
  const all = await gitScene();
  const first = await build(all, { a: '1\n' });
  await pushCommit(all.git, all.remote, { commit: first, ref, expected: 'absent' });
  const second = await build(all, { a: '2\n' });
  expect(await pushCommit(all.git, all.remote, { commit: second, ref, expected: first })).toBe(true);
  const byHand = await all.repository.commit('alice', branch, { b: 'b\n' });
  const third = await build(all, { a: '3\n' });
  for (const expected of [second, 'absent']) {
    expect((await failure(pushCommit(all.git, all.remote, { commit: third, ref, expected }))).kind).toBe('push-stale');
  }
  expect((await failure(deleteBranch(all.git, all.remote, branch, second))).kind).toBe('push-stale');
  expect(await all.repository.git.find(branch)).toBe(byHand);
  await deleteBranch(all.git, all.remote, branch, byHand);
  expect(await fetchTip(all.git, all.remote, branch)).toBeUndefined();
});

test('of two bots that push at once one wins, and the other is told', async () => {
  const all = await gitScene();
  const commits = await Promise.all([build(all, { a: '1\n' }), build(all, { a: '2\n' })]);
  const pushes = commits.map((commit) => pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' }));
  const results = await Promise.allSettled(pushes);
  const lost = results.filter((result) => result.status === 'rejected');
  expect(lost.map(({ reason }) => reason.kind)).toEqual(['push-stale']);
  expect(commits).toContain(await all.repository.git.find(branch));
});

test('two bots that make the same commit both succeed', async () => {
  const all = await gitScene();
  const commit = await build(all, { a: '1\n' });
  await pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' });
  expect(await pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' })).toBe(false);
});

test.each([
  ['above it', 'mirrorlock'],
  ['below it', `${branch}/of-a-person`],
])('A2: a branch %s is named, with what to do', async (_, other) => {
  const all = await gitScene();
  await all.repository.git.run('update-ref', `refs/heads/${other}`, all.base);
  const commit = await build(all, { a: '1\n' });
  const error = await failure(pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' }));
  expect(error.problems).toMatchObject([
    { code: 'forge/name-taken', value: other, hint: expect.stringContaining('`update.branch`') },
  ]);
});

test('A2: a tag in the way of a mark is named, and no setting that does not exist', async () => {
  const all = await gitScene();
  await all.repository.git.run('update-ref', 'refs/tags/mirrored', all.base);
  const tag = 'refs/tags/mirrored/2026-08-21T1200Z';
  const error = await failure(pushCommit(all.git, all.remote, { commit: all.base, ref: tag, expected: 'absent' }));
  expect(error.problems).toMatchObject([{ code: 'forge/name-taken', hint: 'Rename or delete the tag mirrored.' }]);
});

test('A2: a server that cannot move a branch that nobody moved is no lost race', async () => {
  const all = await gitScene();
  const commit = await build(all, { a: '1\n' });
  const { folder } = all.repository.git;
  mkdirSync(join(folder, 'refs/heads/mirrorlock'), { recursive: true });
  writeFileSync(join(folder, 'refs/heads/mirrorlock/update.lock'), '');
  const error = await failure(pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' }));
  expect(error.kind).toBe('push-rejected');
});

test('a tag is pushed, and never moved', async () => {
  const all = await gitScene();
  const tag = 'refs/tags/mirrored/2026-08-21T1200Z';
  await pushCommit(all.git, all.remote, { commit: all.base, ref: tag, expected: 'absent' });
  const other = await build(all, { a: '1\n' });
  const push = { commit: other, ref: tag, expected: 'absent' } as const;
  expect((await failure(pushCommit(all.git, all.remote, push))).kind).toBe('push-stale');
  expect(await all.repository.git.find(tag)).toBe(all.base);
});

test.for([
  ['actions', { ...appRights }],
  ['app', { ...appRights }],
  ['fine-grained', { ...appRights }],
] as const)(
  'a token of the kind %s without the right to workflows pushes all but these',
  async ([kind, permissions]) => {
    const all = await gitScene({ token: { kind, permissions } });
    const commit = await build(all, { '.github/workflows/update.yml': 'on: push\n', a: '1\n' });
    const error = await failure(pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' }));
    expect(error.kind).toBe('workflow-permission');
    expect(error.details.said).toContain('`.github/workflows/update.yml`');
    expect(await all.repository.git.find(branch)).toBeUndefined();
    const without = await build(all, { a: '1\n' });
    expect(await pushCommit(all.git, all.remote, { commit: without, ref, expected: 'absent' })).toBe(true);
  },
);

test('an App with the right pushes workflows, and what is on the base already is no change of them', async () => {
  const all = await gitScene({ token: { permissions: { ...appRights, workflows: 'write' } } });
  const commit = await build(all, { '.github/workflows/update.yml': 'on: push\n' });
  expect(await pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' })).toBe(true);
  all.github.addToken('ghs_less', { login: 'less[bot]', kind: 'app', permissions: appRights });
  const next = await build(all, { a: '1\n' }, commit);
  const remote = { ...all.remote, token: 'ghs_less' };
  expect(await pushCommit(all.git, remote, { commit: next, ref, expected: commit })).toBe(true);
});

test('a protected branch is said to be', async () => {
  const all = await gitScene({ repository: { settings: { protectedBranches: [branch] } } });
  const commit = await build(all, { a: '1\n' });
  const error = await failure(pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' }));
  expect(error.kind).toBe('protected-branch');
  expect(error.details.said).toContain('GH006');
});

test('a hook that refuses is told, with its words and without control characters', async () => {
  const all = await gitScene();
  all.repository.git.setHook('pre-receive', "#!/bin/sh\nprintf 'no \\033[31mlockfiles\\n on Fridays\\n' >&2\nexit 1\n");
  const commit = await build(all, { a: '1\n' });
  const error = await failure(pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' }));
  expect(error.kind).toBe('push-rejected');
  expect(error.message).toContain('pre-receive hook declined no [31mlockfiles on Fridays');
});

test('credentials that are wrong, lack a right, or do not show the repository', async () => {
  const all = await gitScene();
  const commit = await build(all, { a: '1\n' });
  const push = (more: object) =>
    failure(pushCommit(all.git, { ...all.remote, ...more }, { commit, ref, expected: 'absent' }));
  expect((await push({ token: 'ghs_wrong' })).kind).toBe('unauthorized');
  expect((await failure(pushCommit(all.git, { url: all.remote.url }, { commit, ref, expected: 'absent' }))).kind).toBe(
    'unauthorized',
  );
  all.github.addToken('ghs_reader', { login: 'reader[bot]', kind: 'app', permissions: { contents: 'read' } });
  const refused = await push({ token: 'ghs_reader' });
  expect(refused).toMatchObject({ kind: 'missing-permission', details: { rights: ['contents: write'] } });
  expect(refused.message).toContain('Permission to acme/mirror.git denied to reader[bot].');
  expect((await push({ url: all.remote.url.replace('mirror', 'other') })).kind).toBe('not-found');
  all.repository.settings.isArchived = true;
  expect((await push({})).kind).toBe('archived');
  expect((await push({ url: 'http://127.0.0.1:9/acme/mirror.git' })).kind).toBe('network');
});

test('a token that the checkout left in the repository’s settings does not get in the way', async () => {
  const all = await gitScene();
  const origin = new URL(all.remote.url).origin;
  const old = `AUTHORIZATION: basic ${Buffer.from('x-access-token:ghs_old').toString('base64')}`;
  all.run('config', `http.${origin}/.extraheader`, old);
  all.run('config', 'http.extraheader', 'X-Other: 1');
  all.run('config', 'credential.helper', `!touch '${join(all.temporary, 'helper-ran')}'; false`);
  all.run('config', 'core.askPass', '/bin/false');
  const commit = await build(all, { a: '1\n' });
  expect(await pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' })).toBe(true);
  expect((await failure(fetchTip(all.git, { ...all.remote, token: 'ghs_no' }, branch))).kind).toBe('unauthorized');
  expect(existsSync(join(all.temporary, 'helper-ran'))).toBe(false);
});

test('the token stands in no process list, no file and no message while a push is under way', async () => {
  const all = await gitScene();
  const [reached, go] = [join(all.temporary, 'reached'), join(all.temporary, 'go')];
  // The hook waits until the process list was read.
  all.repository.git.setHook(
    'pre-receive',
    `#!/bin/sh\ntouch '${reached}'\nwhile ! [ -e '${go}' ]; do sleep 0.02; done\nexit 1\n`,
  );
  const commit = await build(all, { a: '1\n' });
  const pushing = failure(pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' }));
  await appears(reached, pushing);
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const lines = processes.map(commandLine);
  writeFileSync(go, '');
  const error = await pushing;
  const secrets = [botToken, Buffer.from(`x-access-token:${botToken}`).toString('base64')];
  expect(lines.some((line) => line.includes('git-remote-http'))).toBe(true);
  const seen = [
    ...lines,
    error.message,
    error.stack ?? '',
    all.run('config', '--list'),
    filesBelow(join(all.git.directory, '.git')),
  ];
  for (const secret of secrets) expect(seen.filter((text) => text.includes(secret))).toEqual([]);
});

/** Waits for a file, and no longer than for the work that makes it. */
async function appears(path: string, work: Promise<unknown>): Promise<void> {
  let isOver = false;
  work.finally(() => {
    isOver = true;
  });
  while (!existsSync(path)) {
    if (isOver) throw new Error(`${path} never came`, { cause: await work });
    await delay(5);
  }
}

/** What `ps` shows of a process; empty for one that has ended. */
function commandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}

function filesBelow(folder: string): string {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
}

test('a hook of the user does not run, and a signal ends a push', async () => {
  const all = await gitScene();
  const hook = join(all.git.directory, '.git/hooks/pre-push');
  writeFileSync(hook, '#!/bin/sh\nexit 1\n');
  chmodSync(hook, 0o755);
  const commit = await build(all, { a: '1\n' });
  const [reached, go] = [join(all.temporary, 'reached'), join(all.temporary, 'go')];
  all.repository.git.setHook(
    'pre-receive',
    `#!/bin/sh\ntouch '${reached}'\nwhile ! [ -e '${go}' ]; do sleep 0.02; done\nexit 1\n`,
  );
  const controller = new AbortController();
  const git = { ...all.git, signal: controller.signal };
  const pushing = failure(pushCommit(git, all.remote, { commit, ref, expected: 'absent' }));
  await appears(reached, pushing);
  controller.abort();
  expect((await pushing).kind).toBe('interrupted');
  writeFileSync(go, '');
  rmSync(join(all.repository.git.folder, 'hooks/pre-receive'));
  expect(await pushCommit(all.git, all.remote, { commit, ref, expected: 'absent' })).toBe(true);
});

test('a branch is fetched without a trace but its objects', async () => {
  const all = await gitScene();
  const tip = await all.repository.commit('alice', branch, { a: 'a\n' });
  const trace = () => [all.run('for-each-ref'), readdirSync(join(all.git.directory, '.git')).sort()];
  const before = trace();
  expect(await hasCommit(all.git, tip)).toBe(false);
  expect(await fetchTip(all.git, all.remote, branch)).toBe(tip);
  expect(await hasCommit(all.git, tip)).toBe(true);
  expect(trace()).toEqual(before);
  expect(await fetchTip(all.git, all.remote, 'not-there')).toBeUndefined();
});

test('a shallow clone stays shallow when a branch is fetched', async () => {
  const all = await gitScene();
  await all.repository.commit('alice', 'main', { b: 'b\n' });
  const shallow = join(all.temporary, 'shallow');
  all.run('clone', '--quiet', '--depth=1', `file://${all.repository.git.folder}`, shallow);
  const git = { ...all.git, directory: shallow };
  const tip = await all.repository.commit('alice', 'main', { c: 'c\n' });
  expect(await fetchTip(git, all.remote, 'main')).toBe(tip);
  expect(await hasCommit(git, all.base)).toBe(false);
});

test('the URL that is pushed to is read without credentials', async () => {
  const all = await gitScene();
  all.run('remote', 'add', 'web', 'https://user:secret@github.com/acme/mirror.git');
  expect(await pushUrl(all.git, 'web')).toBe('https://github.com/acme/mirror.git');
  expect(await pushUrl(all.git, 'none')).toBeUndefined();
});

test.for([
  [
    'workflow-permission',
    '!\tx:refs/heads/b\t[remote rejected] (refusing to allow an OAuth App to create or update workflow `.github/workflows/a.yml` without `workflow` scope)',
    '',
  ],
  [
    'protected-branch',
    '!\tx:refs/heads/b\t[remote rejected] (push declined due to repository rule violations)',
    'remote: error: GH013: Repository rule violations found for refs/heads/b.',
  ],
  [
    'protected-branch',
    '!\tx:refs/heads/b\t[remote rejected] (pre-receive hook declined)',
    'remote: GitLab: You are not allowed to push code to protected branches on this project.',
  ],
  [
    'missing-permission',
    '',
    'remote: You are not allowed to push code to this project.\nfatal: unable to access: The requested URL returned error: 403',
  ],
  [
    'unauthorized',
    '',
    'remote: HTTP Basic: Access denied.\nfatal: Authentication failed for https://gitlab.com/a/b.git/',
  ],
  [
    'not-found',
    '',
    "remote: The project you were looking for could not be found or you don't have permission to view it.\nfatal: repository 'https://gitlab.com/a/b.git/' not found",
  ],
  ...[
    'remote: error: GH013: Repository rule violations found for refs/heads/b.\nremote: - Commits must have verified signatures.',
    'remote: - Commit message must match a given regex pattern: ^MIRROR-',
    'remote: - Author email must end with a given pattern: @example.com',
    "remote: GitLab: You cannot push commits for 'mirrorlock@localhost'. You can only push commits if the committer email is one of your own verified emails.",
    "remote: GitLab: Committer's email 'mirrorlock@localhost' does not follow the pattern '@example.com$'",
    "remote: GitLab: Commit message does not follow the pattern '^MIRROR-'",
    'remote: GitLab: Commit message must contain a DCO signoff',
    "remote: GitLab: Author 'mirrorlock@localhost' is not a member of team",
    'remote: GitLab: Commit must be signed with a GPG key',
  ].map((said) => ['commit-rule', '!\tx:refs/heads/b\t[remote rejected] (pre-receive hook declined)', said] as const),
  ['push-stale', '!\tx:refs/heads/b\t[remote rejected] (cannot lock ref)', ''],
  ['git', '', 'fatal: something new'],
] as const)('the words of a server or of git mean %s: %s', ([kind, stdout, stderr]) => {
  const remote = { url: 'https://example.com/a/b.git' };
  expect(pushFailure({ exitCode: 1, stdout, stderr }, remote, 'git push').kind).toBe(kind);
});
