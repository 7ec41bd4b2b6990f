import { expect, test } from 'vitest';
import { startGitHubWorld } from './github-world.ts';

test('a pull request that edits mirrors.yaml fails the check, and the job lock adds the lockfile to it', {
  timeout: 300_000,
}, async () => {
  const world = await startGitHubWorld('{provider: github}');
  await world.run('update', 'schedule');
  await world.repository.merge(1, 'alice');
  const text = (await world.repository.git.read('main', 'mirrors.yaml')) ?? '';
  await world.repository.commit('alice', 'edit', {
    'mirrors.yaml': text.replace('include: ["*"]', 'include: [alpine]'),
  });
  const number = await world.repository.openFromFork(world.repository, 'edit', 'Only alpine');
  const first = await world.check(number);
  const log = JSON.stringify(
    Object.values(first).map(({ result, runs }) => [
      result,
      runs.flatMap(({ steps }) => steps.map((step) => step.log)),
    ]),
  );
  expect(first, log).toMatchObject({
    check: { result: 'failure' },
    plan: { result: 'skipped' },
    lock: { result: 'success' },
    'lock-fork': { result: 'skipped' },
  });
  const locked = await world.repository.git.read('edit', 'mirrors.lock.yaml');
  expect(locked, log).toContain('alpine');
  expect(locked).not.toContain('busybox');
  expect(await world.repository.git.read('edit', 'sync/busybox.yaml')).toBeUndefined();
  expect(await world.check(number)).toMatchObject({
    check: { result: 'success' },
    plan: { result: 'success' },
    lock: { result: 'skipped' },
  });
});
