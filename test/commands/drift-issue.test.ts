import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ForgeWorld, onGitHub, token } from '../support/forge-world.ts';
import { startGitLab } from '../support/gitlab/gitlab.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld, type World } from '../support/world.ts';

const verify = ['verify', '--report-issue'];
/** Takes tags away from the destination, behind the registry's back. */
function lose(world: World, ...names: string[]): void {
  for (const name of names) {
    const [image = '', tag = ''] = name.split(':');
    const folder = join(
      world.destination.storage,
      'docker/registry/v2/repositories/mirror',
      image,
      '_manifests/tags',
      tag,
    );
    expect(existsSync(folder), folder).toBe(true);
    rmSync(folder, { recursive: true });
  }
}

/** Each step begins where the one before ended. */
describe('verify --report-issue at GitHub', () => {
  const step = story();
  let world: World;
  let all: ForgeWorld;
  const writes = () => all.github.requests.filter((line) => !line.startsWith('GET ')).length;
  const openIssues = () => all.repository.issues().filter(({ isOpen }) => isOpen);

  beforeAll(async () => {
    world = await setWorld({ images: everything, library: tinyLibrary });
    all = await onGitHub(world, { contents: 'read', issues: 'write' });
    await all.run(['lock']);
    await all.commit('Lock');
    await all.run(['apply']);
  });

  step('writes nothing while nothing differs', async () => {
    expect(await all.json(verify)).toMatchObject({ drift: false, issue: { done: 'none' } });
    expect(writes()).toBe(0);
  });

  step('opens one issue that names what differs, and still exits with 3', async () => {
    lose(world, 'alpine:3.23');
    const { stdout } = await all.run(verify, 3);
    expect(stdout).toContain(`Issue #1 was opened: ${all.github.serverUrl}/acme/mirror/issues/1`);
    expect(openIssues()).toMatchObject([
      {
        number: 1,
        title: 'mirrorlock: the mirror differs from the lockfile',
        labels: ['mirrorlock'],
        body: expect.stringMatching(/alpine(.|\n)*missing(.|\n)*3\.23/),
      },
    ]);
  });

  step('leaves it alone while the same differs', async () => {
    const before = writes();
    expect(await all.json(verify, 3)).toMatchObject({ drift: true, issue: { done: 'left', number: 1 } });
    expect(writes()).toBe(before);
  });

  step('brings it up to date when something else differs', async () => {
    lose(world, 'busybox:latest');
    expect(await all.json(verify, 3)).toMatchObject({ issue: { done: 'updated', number: 1 } });
    expect(openIssues()).toMatchObject([{ number: 1, body: expect.stringContaining('busybox') }]);
  });

  step('closes it with a comment when nothing differs any more, once', async () => {
    await all.run(['apply']);
    expect(await all.json(verify)).toMatchObject({ drift: false, issue: { done: 'closed', number: 1 } });
    expect(all.repository.issues()).toMatchObject([
      { isOpen: false, comments: [{ body: expect.stringContaining('at every destination again') }] },
    ]);
    const before = writes();
    expect(await all.json(verify)).toMatchObject({ issue: { done: 'none' } });
    expect(writes()).toBe(before);
  });

  step('opens another when it differs again, and there is never a second open one', async () => {
    lose(world, 'alpine:latest');
    expect(await all.json(verify, 3)).toMatchObject({ issue: { done: 'opened', number: 2 } });
    expect(openIssues().map(({ number }) => number)).toEqual([2]);
  });

  step('tells of a token without the right, which right it is, and what differs all the same', async () => {
    lose(world, 'busybox:latest');
    all.github.addToken(token, { login: 'github-actions[bot]', kind: 'actions', permissions: { issues: 'read' } });
    const { stdout, stderr } = await all.run(verify, 1);
    expect(stdout).toContain('missing    busybox:latest');
    expect(stderr).toMatch(/forge\/missing-permission.*issues: write/);
    expect(stdout + stderr).not.toContain(token);
  });

  step('tells of a token that is not valid, and of none before anything is looked at', async () => {
    expect((await all.run(verify, 1, { GITHUB_TOKEN: 'ghs_expired' })).stderr).toContain('forge/unauthorized');
    const none = await all.run(verify, 2, { GITHUB_TOKEN: '' });
    expect(none.stderr).toContain('forge/no-token');
    expect(none.stdout).toBe('');
  });

  step('tells where issues are switched off', async () => {
    all.github.addToken(token, { login: 'github-actions[bot]', kind: 'actions', permissions: { issues: 'write' } });
    all.repository.settings.hasIssues = false;
    expect((await all.run(verify, 1)).stderr).toContain('forge/disabled');
  });

  step('opens nothing when a destination does not answer: that is no drift', async () => {
    all.repository.settings.hasIssues = true;
    const before = writes();
    world.destination.respond(async () => ({ status: 403, body: '{}' }));
    await all.run(verify, 1);
    world.destination.respond(undefined);
    expect(writes()).toBe(before);
  });
});

it('at GitLab, an issue is opened once, brought up to date, closed, and opened anew', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  const gitlab = await startGitLab();
  const project = await gitlab.addProject('group/mirror', { bot: 40 });
  gitlab.addToken('glpat-bot', 'bot');
  const all = await onGitHub(world);
  const env = {
    GITHUB_API_URL: '',
    GITHUB_REPOSITORY: '',
    CI_API_V4_URL: gitlab.apiUrl,
    CI_SERVER_URL: gitlab.url,
    CI_PROJECT_PATH: 'group/mirror',
    GITLAB_TOKEN: 'glpat-bot',
  };
  const done = async (code: number) => JSON.parse((await all.run([...verify, '--json'], code, env)).stdout).issue.done;
  await all.run(['lock']);
  await all.run(['apply']);
  expect(await done(0)).toBe('none');
  lose(world, 'alpine:3.23');
  expect([await done(3), await done(3)]).toEqual(['opened', 'left']);
  lose(world, 'busybox:latest');
  expect(await done(3)).toBe('updated');
  publish(world.upstream, world.source);
  await all.run(['apply']);
  expect([await done(0), await done(0)]).toEqual(['closed', 'none']);
  lose(world, 'busybox:latest');
  expect(await done(3)).toBe('opened');
  expect(project.issues.map(({ state }) => state)).toEqual(['closed', 'opened']);
  await all.run(['apply']);
  expect(await done(0)).toBe('closed');
  project.hasIssues = false;
  lose(world, 'alpine:3.24');
  expect((await all.run(verify, 1, env)).stderr).toContain('forge/');
});
