import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { gitIn } from '../support/git.ts';
import { type GitLabProject, type GitLabStandIn, startGitLab } from '../support/gitlab/gitlab.ts';
import { mirrorlock } from '../support/mirror.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld, type World } from '../support/world.ts';

const token = 'glpat-0123456789abcdefABCD';
const branch = 'refs/heads/mirrorlock/update';
const developer = 30;

/** Each step begins where the one before ended. */
describe('update at GitLab', () => {
  const step = story();
  let world: World;
  let gitlab: GitLabStandIn;
  let project: GitLabProject;
  let env: Record<string, string>;
  const tip = () => project.git.find(branch);

  async function update(args: readonly string[] = [], code = 0) {
    const result = await mirrorlock(world, ['update', ...args, '--json'], env);
    expect(result.code, result.stderr).toBe(code);
    return JSON.parse(result.stdout);
  }

  beforeAll(async () => {
    world = await setWorld({ images: everything, library: tinyLibrary });
    gitlab = await startGitLab();
    project = await gitlab.addProject('acme/mirror', { 'mirror-bot': developer, alice: developer });
    gitlab.addToken(token, 'mirror-bot');
    env = {
      ...{ CI_API_V4_URL: gitlab.apiUrl, CI_SERVER_URL: gitlab.url, CI_PROJECT_PATH: 'acme/mirror' },
      GITLAB_TOKEN: token,
    };
    await gitIn(world.mirror)('remote', 'add', 'origin', project.url);
    await project.commit('alice', 'main', {
      'mirrors.yaml': readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8'),
    });
  });

  step('writes nothing with --dry-run', async () => {
    expect(await update(['--dry-run'])).toMatchObject({
      decision: 'a change and no PR',
      written: false,
      requests: { writes: 0 },
    });
    expect([project.mergeRequests, await tip()]).toEqual([[], undefined]);
  });

  step('opens one merge request, and leaves it alone while it is current', async () => {
    expect(await update()).toMatchObject({ written: true, pullRequest: { number: 1 } });
    expect(await update()).toMatchObject({ written: false, requests: { writes: 0 } });
    expect(project.mergeRequests).toMatchObject([{ sourceBranch: 'mirrorlock/update', state: 'opened' }]);
  });

  step('updates it where the content differs', async () => {
    publish(world.upstream, world.source, { rebuilt: ['alpine'] });
    expect(await update()).toMatchObject({ decision: 'a change and an open PR whose content differs' });
    expect(await project.git.commits(`refs/heads/main..${branch}`)).toHaveLength(1);
    expect(project.mergeRequests).toHaveLength(1);
  });

  step('A1: keeps it where GitLab rebased it, and takes one that was squash-merged for spent', async () => {
    await project.commit('alice', 'main', { 'README.md': 'Ours' });
    await project.rebase(1, 'alice');
    expect(await update()).toMatchObject({ written: false });
    await project.commit('alice', 'mirrorlock/update', { 'note.txt': 'theirs' });
    await project.squash(1, 'alice');
    publish(world.upstream, world.source, { rebuilt: ['busybox'] });
    expect(await update()).toMatchObject({ written: true, pullRequest: { number: 2 } });
  });

  step('leaves it to a person who pushed, and comments once', async () => {
    const theirs = await project.commit('alice', 'mirrorlock/update', { 'note.txt': 'mine' });
    for (const _ of ['once', 'twice'])
      expect(await update()).toMatchObject({ decision: 'a person pushed commits to the branch' });
    expect(await tip()).toBe(theirs);
    expect(project.mergeRequests.at(-1)?.notes).toHaveLength(1);
  });

  step('closes it and deletes the branch when there is nothing to change any more', async () => {
    await project.git.run('update-ref', branch, `${await tip()}~1`);
    const files = await project.git.run('ls-tree', '-r', '--name-only', branch);
    const contents = files
      .split('\n')
      .map(async (path) => [path, (await project.git.read(branch, path)) ?? null] as const);
    await project.commit('alice', 'main', Object.fromEntries(await Promise.all(contents)));
    expect(await update()).toMatchObject({ decision: 'no change and an open PR' });
    expect(project.mergeRequests.map(({ state }) => state)).toEqual(['merged', 'closed']);
    expect(await tip()).toBeUndefined();
  });

  step('adds the lockfile to a branch that edits mirrors.yaml, and tells a fork what to run', async () => {
    const config = (await project.git.read('refs/heads/main', 'mirrors.yaml')) ?? '';
    const edit = { 'mirrors.yaml': config.replace(everything, '{include: [busybox]}') };
    await project.commit('alice', 'less', edit);
    const response = await fetch(`${env['CI_API_V4_URL']}/projects/acme%2Fmirror/merge_requests`, {
      method: 'POST',
      headers: { 'private-token': token, 'content-type': 'application/json' },
      body: JSON.stringify({ source_branch: 'less', target_branch: 'main', title: 'An edit' }),
    });
    const { iid } = (await response.json()) as { iid: number };
    expect(await update(['--pull-request', `${iid}`])).toMatchObject({ written: true });
    expect(await project.git.read('refs/heads/less', 'mirrors.lock.yaml')).not.toContain('alpine');
    const fork = await gitlab.addProject('mallory/mirror', { mallory: developer });
    await fork.commit('mallory', 'wish', edit);
    const wish = await project.openFromFork(fork, 'wish', 'mallory');
    expect(await update(['--pull-request', `${wish.iid}`], 3)).toMatchObject({
      decision: 'a fork that is out of date',
      commands: expect.arrayContaining(['mirrorlock lock']),
      requests: { writes: 0 },
    });
  });
});
