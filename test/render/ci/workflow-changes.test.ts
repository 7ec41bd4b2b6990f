import { expect, test } from 'vitest';
import { startGitHubWorld } from './github-world.ts';

const applyFile = '.github/workflows/mirrorlock-apply.yml';

test.each([
  [
    'the token of an App carries changed workflows in the pull request',
    ', app: {clientId: APP_ID,privateKey: APP_KEY}',
    true,
  ],
  ['GITHUB_TOKEN makes the pull request without them, and says what is missing', '', false],
])('%s', { timeout: 300_000 }, async (_, app, isCarried) => {
  const world = await startGitHubWorld(`{provider: github, jobs: 2${app}}`);
  const text = (await world.repository.git.read('main', 'mirrors.yaml')) ?? '';
  await world.repository.commit('alice', 'main', { 'mirrors.yaml': text.replace('jobs: 2', 'jobs: 3') });
  const { update } = await world.run('update', 'workflow_dispatch');
  expect(update?.result, JSON.stringify(update?.runs)).toBe('success');
  const [pull] = world.repository.pulls();
  const proposed = await world.repository.git.read('refs/pull/1/head', applyFile);
  expect(proposed?.includes('max-parallel: 3')).toBe(isCarried);
  expect(pull?.body?.includes('Workflow files are missing here')).toBe(!isCarried);
  expect(pull?.body?.includes(applyFile)).toBe(true);
});
