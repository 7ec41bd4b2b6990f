import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { story } from '../../support/story.ts';
import type { WorkflowOutcome } from '../../support/workflow/run-workflow.ts';
import { type GitHubWorld, leaksIn, startGitHubWorld } from './github-world.ts';

const results = (outcome: WorkflowOutcome) =>
  Object.fromEntries(Object.entries(outcome).map(([id, { result }]) => [id, result]));
const logOf = (outcome: WorkflowOutcome) =>
  Object.values(outcome)
    .flatMap(({ runs }) => runs.flatMap(({ steps }) => steps.map(({ log }) => log)))
    .join('\n');

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => join(parentPath, name));
}

/** Each step begins where the one before ended. */
describe('the catalogue that the workflows of GitHub publish', { timeout: 300_000 }, () => {
  const step = story();
  let world: GitHubWorld;
  const page = (path: string) => readFileSync(join(world.artifacts.site()?.folder ?? '', path), 'utf8');
  const statesOf = (image: string) => [...page(`image/${image}.html`).matchAll(/s-(\w+)/g)].map(([, state]) => state);

  beforeAll(async () => {
    world = await startGitHubWorld('{provider: github, jobs: 2, catalog: true}');
    await world.run('update', 'schedule');
    await world.repository.merge(1, 'alice');
  });

  step('after an apply it says that all is mirrored, by the report of each job of the matrix', async () => {
    const outcome = await world.run('apply', 'push');
    const jobs = ['plan', 'apply', 'verify', 'catalog', 'publish'];
    expect(results(outcome), logOf(outcome)).toEqual(Object.fromEntries(jobs.map((job) => [job, 'success'])));
    const reports = ['mirrorlock-report-apply-1', 'mirrorlock-report-apply-2', 'mirrorlock-report-verify'];
    const { runId = '' } = world.artifacts.site() ?? {};
    expect([...world.artifacts.of(runId).keys()]).toEqual([...reports, 'github-pages']);
    expect(new Set(statesOf('alpine'))).toEqual(new Set(['mirrored']));
    expect(page('history/alpine.js')).toContain('Merge pull request');
    expect(logOf(outcome)).not.toContain('warning');
  });

  step('after a look at drift it says what is gone, by a report of another run', async () => {
    const apply = world.artifacts.site()?.runId;
    await world.lose('busybox', (await world.tagAt('busybox', 'latest')) ?? '');
    const outcome = await world.run('drift', 'schedule');
    expect(results(outcome), logOf(outcome)).toEqual({
      ...{ drift: 'failure', prune: 'skipped', catalog: 'success', publish: 'success' },
    });
    expect(world.artifacts.site()?.runId).not.toBe(apply);
    expect(statesOf('busybox')).toContain('waits');
    expect(new Set(statesOf('alpine'))).toEqual(new Set(['mirrored']));
  });

  step('after an apply that fails it says what failed, and after a look at drift still', async () => {
    const { source, destination } = world;
    world.upstream.release('alpine', '3.24.1', '3.24.2');
    await world.upstream.commit('Announce a version');
    world.publish();
    await world.run('update', 'schedule');
    await world.repository.merge(world.repository.pulls().find(({ isOpen }) => isOpen)?.number ?? 0, 'alice');
    await source.stop();
    const failed = await world.run('apply', 'push');
    expect(results(failed)).toMatchObject({
      apply: 'failure',
      verify: 'failure',
      catalog: 'success',
      publish: 'success',
    });
    expect(statesOf('alpine'), logOf(failed)).toContain('failed');
    const { runId } = world.artifacts.site() ?? {};
    const outcome = await world.run('drift', 'schedule');
    expect(results(outcome)).toMatchObject({ drift: 'failure', catalog: 'success', publish: 'success' });
    expect(world.artifacts.site()?.runId).not.toBe(runId);
    expect(statesOf('alpine'), logOf(outcome)).toContain('failed');
    expect(page('index.html')).toContain(`${destination.host}/\${MIRROR_NAMESPACE}`);
  });

  step('an earlier state that is brought back publishes nothing', async () => {
    const [mark = ''] = (
      await world.repository.git.run('for-each-ref', '--format=%(refname:lstrip=2)', 'refs/tags')
    ).split('\n');
    const before = world.artifacts.site();
    const outcome = await world.run('apply', 'workflow_dispatch', { at: mark });
    expect(results(outcome)).toMatchObject({ plan: 'success', catalog: 'skipped', publish: 'skipped' });
    expect(world.artifacts.site()).toEqual(before);
  });

  step('no secret and no token is in a log, a report or the site', () => {
    const runs = ['1', '2', '3', '4', '5', '6'].flatMap((run) => [...world.artifacts.of(run).values()]);
    expect(runs.length).toBeGreaterThan(6);
    const kept = [...runs, ...world.caches.saved.map(({ folder }) => folder)].flatMap(filesIn);
    expect(leaksIn({ ...world, said: [...world.said, ...kept.map((file) => readFileSync(file, 'latin1'))] })).toEqual(
      [],
    );
  });
});
