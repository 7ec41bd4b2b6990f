import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { botRights, type ForgeWorld, onGitHub, token } from '../support/forge-world.ts';
import type { StandInRepository } from '../support/github/people.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

describe('update --pull-request, at GitHub', () => {
  let all: ForgeWorld;
  let config: string;
  const edited = (rules: string) => config.replace(everything, rules);
  const onlyBusybox = '{include: [busybox]}';

  /** A person opens a pull request from a branch of the repository; gives its number. */
  async function propose(branch: string, files: Record<string, string>): Promise<number> {
    await all.repository.commit('alice', branch, files);
    const response = await fetch(`${all.github.apiUrl}/repos/acme/mirror/pulls`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'An edit', head: branch, base: 'main' }),
    });
    const { number } = (await response.json()) as { number: number };
    return number;
  }

  async function fork(branch: string, files: Record<string, string>): Promise<readonly [number, StandInRepository]> {
    const theirs = await all.github.addRepository(`mallory-${branch}/mirror`, { forkOf: 'acme/mirror' });
    await theirs.commit('mallory', branch, files);
    return [await all.repository.openFromFork(theirs, branch, 'An edit'), theirs];
  }

  beforeAll(async () => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    all = await onGitHub(world, botRights);
    config = readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8');
    await all.run(['lock']);
    await all.run(['render']);
    await all.commit('Begin');
  });

  it('adds one commit with lockfile and rendered files to a branch of the repository, and none where it is current', async () => {
    const number = await propose('less', { 'mirrors.yaml': edited(onlyBusybox) });
    const args = ['update', '--pull-request', `${number}`];
    expect(await all.json([...args, '--dry-run'])).toMatchObject({
      decision: 'a branch that is out of date',
      written: false,
    });
    const done = await all.json(args);
    expect(done).toMatchObject({ decision: 'a branch that is out of date', written: true });
    const commits = await all.repository.git.commits('refs/heads/main..refs/heads/less');
    expect(commits).toMatchObject([{ author: { name: 'alice' } }, { sha: done['commit'] }]);
    expect(await all.repository.git.read('refs/heads/less', 'mirrors.lock.yaml')).not.toContain('alpine');
    expect(await all.repository.git.read('refs/heads/less', 'sync/alpine.yaml')).toBeUndefined();
    publish(all.world.upstream, all.world.source, { rebuilt: ['busybox'] });
    expect(await all.json(args)).toMatchObject({ decision: 'the pull request is current', requests: { writes: 0 } });
    publish(all.world.upstream, all.world.source);
  });

  it('locks anew where the lockfile holds the marks of a conflict', async () => {
    const number = await propose('conflict', { 'mirrors.lock.yaml': '<<<<<<< HEAD\nversion: 1\n=======\n' });
    await all.json(['update', '--pull-request', `${number}`]);
    expect(await all.repository.git.read('refs/heads/conflict', 'mirrors.lock.yaml')).toBe(
      (await all.repository.git.read('refs/heads/main', 'mirrors.lock.yaml')) ?? '',
    );
  });

  it('pushes nothing to a fork: a summary tells what to run, with the diff, and the exit code is 3', async () => {
    const [number, theirs] = await fork('wish', { 'mirrors.yaml': edited(onlyBusybox) });
    const before = await theirs.git.find('refs/heads/wish');
    const summary = join(all.world.home, 'summary.md');
    const env = { GITHUB_STEP_SUMMARY: summary };
    const { stdout } = await all.run(['update', '--pull-request', `${number}`], 3, env);
    expect(stdout).toContain('mirrorlock lock');
    expect(readFileSync(summary, 'utf8')).toMatch(/git add --all -- (.|\n)*alpine(.|\n)*<pre lang="diff">/);
    expect(await theirs.git.find('refs/heads/wish')).toBe(before);
    expect(await all.repository.git.find('refs/heads/wish')).toBeUndefined();
  });

  it('asks nobody whom a fork names and the base does not', async () => {
    const rogue = config.replace(all.world.source.host, '127.0.0.1:9');
    const [number] = await fork('elsewhere', { 'mirrors.yaml': rogue.replace(everything, onlyBusybox) });
    expect(await all.json(['update', '--pull-request', `${number}`], 3)).toMatchObject({
      decision: 'a fork that reads from elsewhere',
      requests: { writes: 0 },
    });
  });

  it('reads no template of a fork', async () => {
    const template = 'templates/sync/image.yaml.hbs';
    const [number] = await fork('template', { [template]: '{{no such helper' });
    expect(await all.json(['update', '--pull-request', `${number}`])).toMatchObject({
      decision: 'the pull request is current',
    });
  });

  it('says what is wrong with the configuration of a pull request, where it stands', async () => {
    const number = await propose('wrong', { 'mirrors.yaml': edited('{include: [7]}') });
    const { stderr } = await all.run(['update', '--pull-request', `${number}`], 2);
    expect(stderr).toMatch(/mirrors\.yaml:\d+:\d+/);
  });

  it('gives the forge’s token to no configuration that is not merged', async () => {
    const named = config.replace('namespace: mirror', 'namespace: "${GITHUB_TOKEN}"');
    const number = await propose('token', { 'mirrors.yaml': named });
    const { stdout, stderr } = await all.run(['update', '--pull-request', `${number}`], 2);
    expect(stderr).toContain('variable-secret');
    expect(stdout + stderr).not.toContain(token);
  });

  it('C1: takes no variable for public that only the pull request calls so', async () => {
    const named = config.replace('namespace: mirror', 'namespace: "${MIRROR_PASSWORD}"');
    const number = await propose('public', { 'mirrors.yaml': `${named}\npublicVariables: [MIRROR_PASSWORD]\n` });
    const env = { MIRROR_PASSWORD: 'hunter2' };
    const { stdout, stderr } = await all.run(['update', '--pull-request', `${number}`], 1, env);
    expect(stderr).toContain('update/public-variables');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('says so where there is no such pull request, or it is closed', async () => {
    expect((await all.run(['update', '--pull-request', '999'], 1)).stderr).toContain('update/no-such-pull-request');
    all.repository.close(1, 'alice');
    expect(await all.json(['update', '--pull-request', '1'])).toMatchObject({
      decision: 'the pull request is not open',
    });
  });
});
