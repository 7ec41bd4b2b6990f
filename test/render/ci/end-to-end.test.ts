import { beforeAll, describe, expect } from 'vitest';
import { parseLockfile } from '../../../src/lock/parse.ts';
import { lockedTags } from '../../support/mirror.ts';
import { story } from '../../support/story.ts';
import type { WorkflowOutcome } from '../../support/workflow/run-workflow.ts';
import { type GitHubWorld, leaksIn, startGitHubWorld } from './github-world.ts';

/** What each job came to; what failed is told with its log. */
const results = (outcome: WorkflowOutcome) =>
  Object.fromEntries(Object.entries(outcome).map(([id, { result }]) => [id, result]));
const logOf = (outcome: WorkflowOutcome) =>
  Object.values(outcome)
    .flatMap(({ runs }) => runs.flatMap(({ steps }) => steps.map(({ log }) => log)))
    .join('\n');
const summaryOf = (outcome: WorkflowOutcome, job: string) =>
  (outcome[job]?.runs ?? []).flatMap(({ steps }) => steps.map(({ summary }) => summary)).join('\n');

function expectResults(outcome: WorkflowOutcome, expected: Record<string, string>): void {
  expect(results(outcome), logOf(outcome)).toEqual(expected);
}

async function marks({ repository }: GitHubWorld): Promise<[tag: string, commit: string][]> {
  const format = '--format=%(refname:lstrip=2) %(*objectname)';
  const lines = (await repository.git.run('for-each-ref', format, 'refs/tags')).split('\n').filter(Boolean);
  return lines.map((line) => line.split(' ') as [string, string]);
}

async function missing(world: GitHubWorld): Promise<string[]> {
  const lockfile = parseLockfile(
    (await world.repository.git.read('main', 'mirrors.lock.yaml')) ?? '',
    'mirrors.lock.yaml',
  );
  const wrong: string[] = [];
  for (const [name, digest] of lockedTags(lockfile)) {
    const [image = '', tag = ''] = name.split(':');
    if ((await world.tagAt(image, tag)) !== digest) wrong.push(name);
  }
  return wrong;
}

/** Each step begins where the one before ended. */
describe('the rendered workflows of GitHub, run step by step', { timeout: 300_000 }, () => {
  const step = story();
  let world: GitHubWorld;

  beforeAll(async () => {
    world = await startGitHubWorld('{provider: github, jobs: 2, schedule: {apply: "29 */6 * * *"}}');
  });

  step('update opens a pull request with the lockfile, and tells of it in the summary', async () => {
    const outcome = await world.run('update', 'schedule');
    expectResults(outcome, { update: 'success' });
    expect(world.repository.pulls()).toMatchObject([{ number: 1, isOpen: true, base: 'main' }]);
    expect(await world.repository.git.read('refs/pull/1/head', 'mirrors.lock.yaml')).toContain('alpine');
    expect(summaryOf(outcome, 'update')).not.toBe('');
  });

  step('check finds it valid and current, and plans it', async () => {
    const outcome = await world.check(1);
    expectResults(outcome, { check: 'success', plan: 'success', lock: 'skipped', 'lock-fork': 'skipped' });
    expect(summaryOf(outcome, 'plan')).toContain('alpine');
  });

  step('a merge starts apply, which shares out what is absent, copies, verifies and marks the commit', async () => {
    const commit = await world.repository.merge(1, 'alice');
    expect(await world.starts('apply')).toBe(true);
    const outcome = await world.run('apply', 'push');
    expectResults(outcome, { plan: 'success', apply: 'success', verify: 'success' });
    expect(outcome['plan']?.outputs).toMatchObject({ commit, any: 'true' });
    expect(outcome['apply']?.runs).toHaveLength(2);
    expect(await missing(world)).toEqual([]);
    for (const job of ['plan', 'apply', 'verify']) expect(summaryOf(outcome, job), job).not.toBe('');
    expect(await marks(world)).toEqual([[expect.stringMatching(/^mirrored\/\d{4}-\d\d-\d\dT\d{4}Z$/), commit]]);
  });

  step('with nothing to apply there is no job that applies, and the commit keeps its one mark', async () => {
    const before = await marks(world);
    const outcome = await world.run('apply', 'workflow_dispatch', { at: '' });
    expectResults(outcome, { plan: 'success', apply: 'skipped', verify: 'success' });
    expect(outcome['plan']?.outputs['any']).toBe('false');
    expect(await marks(world)).toEqual(before);
  });

  step(
    'a schedule finds that all is applied by looks at the destination alone, and the commit keeps its one mark',
    async () => {
      const before = await marks(world);
      const outcome = await world.run('apply', 'schedule');
      expectResults(outcome, { plan: 'success', apply: 'skipped', verify: 'success' });
      expect(await marks(world)).toEqual(before);
    },
  );

  step('a commit that leaves the lockfile alone starts no apply', async () => {
    await world.repository.commit('alice', 'main', { 'README.md': 'A mirror\n' });
    expect(await world.starts('apply')).toBe(false);
  });

  step('update leaves an unchanged world alone', async () => {
    expectResults(await world.run('update', 'workflow_dispatch'), { update: 'success' });
    expect(world.repository.pulls().filter(({ isOpen }) => isOpen)).toEqual([]);
  });

  step('drift is content while nothing differs', async () => {
    expectResults(await world.run('drift', 'schedule'), { drift: 'success', prune: 'success' });
    expect(world.repository.issues()).toEqual([]);
  });

  step('a schedule goes on with what is not applied, and verifies it', async () => {
    await world.lose('busybox', (await world.tagAt('busybox', 'latest')) ?? '');
    expectResults(await world.run('apply', 'schedule'), { plan: 'success', apply: 'success', verify: 'success' });
    expect(await world.tagAt('busybox', 'latest')).toBeDefined();
  });

  step('drift fails and opens one issue for what was lost at the destination', async () => {
    const digest = await world.tagAt('busybox', 'latest');
    await world.lose('busybox', digest ?? '');
    for (const _ of ['at once', 'a day later']) {
      const outcome = await world.run('drift', 'schedule');
      expectResults(outcome, { drift: 'failure', prune: 'skipped' });
      expect(summaryOf(outcome, 'drift')).toContain('busybox');
      expect(world.repository.issues()).toMatchObject([{ isOpen: true, body: expect.stringContaining('busybox') }]);
    }
  });

  step('apply by hand puts it right, and drift closes the issue', async () => {
    const outcome = await world.run('apply', 'workflow_dispatch', { at: '' });
    expectResults(outcome, { plan: 'success', apply: 'success', verify: 'success' });
    expect(outcome['apply']?.runs).toHaveLength(1);
    expect(await missing(world)).toEqual([]);
    expectResults(await world.run('drift', 'schedule'), { drift: 'success', prune: 'success' });
    expect(world.repository.issues()).toMatchObject([{ isOpen: false }]);
  });

  step('what upstream announces next goes the same way', async () => {
    const then = await world.tagAt('alpine', 'latest');
    world.upstream.release('alpine', '3.24.1', '3.24.2');
    await world.upstream.commit('Announce a version');
    world.publish();
    expectResults(await world.run('update', 'schedule'), { update: 'success' });
    const open = world.repository.pulls().find(({ isOpen }) => isOpen);
    await world.repository.merge(open?.number ?? 0, 'alice');
    expectResults(await world.run('apply', 'push'), { plan: 'success', apply: 'success', verify: 'success' });
    expect(await world.tagAt('alpine', 'latest')).not.toBe(then);
  });

  step('what left the lockfile is deleted after the next look at drift, by the policy', async () => {
    expect(await world.tagAt('alpine', '3.24.1')).toMatch(/^sha256:/);
    const outcome = await world.run('drift', 'schedule');
    expectResults(outcome, { drift: 'success', prune: 'success' });
    expect(logOf(outcome)).toContain('3.24.1');
    expect(await world.tagAt('alpine', '3.24.1')).toBeUndefined();
    expect(await missing(world)).toEqual([]);
  });

  step('an earlier state is brought back by its mark, and anything else is refused', async () => {
    const [first = ['', '']] = await marks(world);
    const now = await world.tagAt('alpine', 'latest');
    const back = await world.run('apply', 'workflow_dispatch', { at: first[0] });
    expectResults(back, { plan: 'success', apply: 'success', verify: 'success' });
    expect(await world.tagAt('alpine', 'latest')).not.toBe(now);
    expect(await world.tagAt('alpine', '3.24.1')).toBe(await world.tagAt('alpine', 'latest'));
    const refused = await world.run('apply', 'workflow_dispatch', { at: '$(reboot)' });
    expectResults(refused, { plan: 'failure', apply: 'skipped', verify: 'skipped' });
  });

  step('a secret that is not set is named, before anything is asked of a registry', async () => {
    const text = (await world.repository.git.read('main', '.github/workflows/mirrorlock-drift.yml')) ?? '';
    await world.repository.commit('alice', 'main', {
      '.github/workflows/mirrorlock-drift.yml': text.replace('secrets.MIRROR_PASSWORD', 'secrets.NOT_SET'),
    });
    const outcome = await world.run('drift', 'schedule');
    expectResults(outcome, { drift: 'failure', prune: 'skipped' });
    expect(logOf(outcome)).toContain(`The secrets that log in to ${world.destination.host} are not set.`);
  });

  step('no secret and no token was in a log, a summary, an output or a list of processes', () => {
    expect([...world.seen].join('\n')).toContain('mirrorlock.js');
    expect(leaksIn(world)).toEqual([]);
  });
});
