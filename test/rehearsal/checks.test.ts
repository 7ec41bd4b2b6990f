import { beforeAll, describe, expect, it } from 'vitest';
import { type GitHubStandIn, startGitHub } from '../support/github/github.ts';
import type { StandInRepository } from '../support/github/people.ts';
import { watch } from '../support/rehearsal/checks.ts';
import { botBranch, fateOf, type People } from '../support/rehearsal/people.ts';

const nobody: People = { edit: undefined, declined: undefined, fates: [], act: async () => false };

describe('what a rehearsal looks for', () => {
  let github: GitHubStandIn;
  let repository: StandInRepository;
  const look = (people: People) => watch(repository, people, '/nowhere').afterUpdate();

  beforeAll(async () => {
    github = await startGitHub();
    repository = await github.addRepository('acme/mirror');
    await repository.commit('acme', 'main', { 'README.md': '# A mirror\n' });
  });

  it('is silent where nothing is wrong', async () => {
    await repository.commit('acme', botBranch, { 'mirrors.lock.yaml': 'one\n' });
    expect(await look(nobody)).toEqual([]);
  });

  it('finds that the commit of a person is gone', async () => {
    expect(await look({ ...nobody, edit: 'f'.repeat(40) })).toEqual([
      `the commit ${'f'.repeat(40)} of a person is lost`,
    ]);
  });

  it('finds a commit that changes nothing', async () => {
    const commit = await repository.commit('acme', botBranch, {});
    expect(await look(nobody)).toEqual([`the commit ${commit} changes nothing`]);
  });

  it('finds a second open pull request', async () => {
    const fork = await github.addRepository('bob/mirror', { forkOf: 'acme/mirror' });
    for (const branch of ['one', 'two']) {
      await fork.commit('bob', branch, { [branch]: 'x\n' });
      await repository.openFromFork(fork, branch, branch);
    }
    await repository.commit('acme', botBranch, { 'mirrors.lock.yaml': 'two\n' });
    expect(await look(nobody)).toEqual(['2 pull requests are open']);
  });
});

it('lets every third pull request wait, one be edited, and one be closed', () => {
  expect([1, 2, 3, 4, 5, 6].map(fateOf)).toEqual([
    'merged at once',
    'edited',
    'merged late',
    'closed',
    'merged at once',
    'merged late',
  ]);
});
