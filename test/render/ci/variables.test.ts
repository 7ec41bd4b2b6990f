import { expect, it } from 'vitest';
import { ciView } from '../../../src/render/ci/view.ts';
import { configs, configWith } from '../../support/ci-configs.ts';

const names = ['CI', 'CI_REGISTRY', 'GITHUB_REPOSITORY_OWNER', 'RUNNER_NAME', 'GITLAB_USER_LOGIN', 'MIRROR'];

it.each([
  ['github', ['CI_REGISTRY', 'GITLAB_USER_LOGIN', 'MIRROR']],
  ['gitlab', ['GITHUB_REPOSITORY_OWNER', 'RUNNER_NAME', 'MIRROR']],
  ['kubernetes', ['CI_REGISTRY', 'GITHUB_REPOSITORY_OWNER', 'RUNNER_NAME', 'GITLAB_USER_LOGIN', 'MIRROR']],
])('%s: only variables that this CI sets itself are not passed on', (provider, passed) => {
  const { ci, ...config } = configWith(configs[`${provider}-plain`] ?? '');
  if (ci === undefined) throw new Error('There is no CI.');
  expect(ciView({ ...ci, variables: names }, config, '').variables).toEqual(passed);
});
