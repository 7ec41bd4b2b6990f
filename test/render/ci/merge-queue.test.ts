import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderCi } from '../../support/ci-configs.ts';
import { startGitHubWorld } from './github-world.ts';

test('A6: the check answers in a merge queue, and only the merge starts an apply', { timeout: 300_000 }, async () => {
  const world = await startGitHubWorld('{provider: github, jobs: 2}');
  await world.run('update', 'workflow_dispatch');
  expect(await world.starts('apply', 'mirrorlock/update')).toBe(false);
  const skipped = { plan: { result: 'skipped' }, lock: { result: 'skipped' }, 'lock-fork': { result: 'skipped' } };
  const green = await world.checkQueued('mirrorlock/update');
  expect(green, JSON.stringify(green)).toMatchObject({ check: { result: 'success' }, ...skipped });
  expect(await world.starts('apply', 'gh-readonly-queue/main/pr-1-0123')).toBe(false);
  // A queue that holds a lockfile out of date is red; nothing is pushed, and nobody is told what to run.
  const text = (await world.repository.git.read('main', 'mirrors.yaml')) ?? '';
  await world.repository.commit('alice', 'stale', { 'mirrors.yaml': `${text}\n# ours\n`, 'mirrors.lock.yaml': 'x' });
  expect(await world.checkQueued('stale')).toMatchObject({ check: { result: 'failure' }, ...skipped });
  await world.repository.merge(1, 'alice');
  expect(await world.starts('apply')).toBe(true);
});

test('A6: the bot’s branch starts no apply by whatever name it has', async () => {
  const on = async (branch: string) => {
    const files = await renderCi('{provider: github}', undefined, { branch });
    return parse(files.get('.github/workflows/mirrorlock-apply.yml') ?? '').on.push.branches;
  };
  expect(await on('bots/mirror')).toEqual(['**', '!bots/mirror', '!gh-readonly-queue/**']);
  expect(await on('c++')).toEqual(['**', '!c\\+\\+', '!gh-readonly-queue/**']);
});

test('A6: in a merge train of GitLab only the check runs', async () => {
  const jobs = parse((await renderCi('{provider: gitlab}')).get('.gitlab/mirrorlock.yml') ?? '');
  const rules = (name: string) => JSON.stringify(jobs[name].rules);
  expect(rules('mirrorlock-check')).not.toContain('merge_train');
  for (const name of ['mirrorlock-plan', 'mirrorlock-lock'])
    expect(rules(name)).toContain('$CI_MERGE_REQUEST_EVENT_TYPE != \\"merge_train\\"');
});
