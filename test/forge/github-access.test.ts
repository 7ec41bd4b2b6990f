import { expect, test } from 'vitest';
import { appRights, botToken, scene } from './support.ts';

test('whom a token belongs to is known, whatever kind it is', async () => {
  const { forge, github, open } = await scene();
  expect(await forge.identify()).toEqual({ name: 'mirrorlock[bot]', isBot: true });
  github.addToken('ghp_person', { login: 'alice', kind: 'classic', scopes: ['repo'] });
  expect(await open('ghp_person').identify()).toEqual({ name: 'alice', isBot: false });
});

test('a probe tells what an App may do, as far as GitHub says so, and writes nothing', async () => {
  const { forge } = await scene();
  expect(await forge.probe()).toEqual({
    defaultBranch: 'main',
    isArchived: false,
    allowsProposals: true,
    mayPush: 'unknown',
    mayPropose: 'unknown',
    mayPushWorkflows: 'unknown',
  });
  expect(forge.counts).toEqual({ reads: 2, writes: 0 });
});

test('GITHUB_TOKEN changes no workflows', async () => {
  const token = { kind: 'actions', login: 'github-actions[bot]', permissions: appRights } as const;
  const { forge } = await scene({ token });
  expect(await forge.probe()).toMatchObject({ mayPushWorkflows: 'no', mayPush: 'unknown' });
});

test.for([
  [['repo', 'workflow'], { mayPush: 'yes', mayPropose: 'yes', mayPushWorkflows: 'yes' }],
  [['repo'], { mayPush: 'yes', mayPropose: 'yes', mayPushWorkflows: 'no' }],
  [['gist'], { mayPush: 'no', mayPropose: 'no', mayPushWorkflows: 'no' }],
  [[], { mayPush: 'no', mayPropose: 'no', mayPushWorkflows: 'no' }],
] as const)('a classic token with the scopes %j may do as these say', async ([scopes, expected]) => {
  const { open, github } = await scene();
  github.addToken('ghp_person', { login: 'alice', kind: 'classic', scopes });
  expect(await open('ghp_person').probe()).toMatchObject(expected);
});

test('who may not push is told so, and so is everybody in an archived repository', async () => {
  const { forge, repository, github, open } = await scene();
  github.addToken('ghs_reader', { login: 'reader[bot]', kind: 'app', permissions: { contents: 'read' } });
  expect(await open('ghs_reader').probe()).toMatchObject({ mayPush: 'no', mayPropose: 'no', mayPushWorkflows: 'no' });
  repository.settings.isArchived = true;
  expect(await forge.probe()).toMatchObject({ isArchived: true, mayPush: 'no' });
});

test('a repository that the token does not show is not found', async () => {
  const { github, open } = await scene({ repository: { settings: { isPrivate: true } } });
  github.addToken(botToken, { login: 'mirrorlock[bot]', kind: 'app', repositories: [], permissions: appRights });
  await expect(open().probe()).rejects.toMatchObject({ kind: 'not-found' });
});

test('the names of secrets and variables are read of the repository, its organization and an environment', async () => {
  const many = Array.from({ length: 65 }, (_, index) => `S${index}`);
  const permissions = { ...appRights, secrets: 'read', actions_variables: 'read', environments: 'read' } as const;
  const { forge, repository } = await scene({ token: { permissions } });
  repository.settings.ciNames = {
    'actions/secrets': many,
    'actions/organization-secrets': ['SHARED'],
    'environments/mirror/secrets': ['DEEP'],
    'actions/variables': ['CLIENT_ID'],
  };
  const names = await forge.ciSettings('mirror');
  expect(names).toEqual({ secrets: [...many, 'SHARED', 'DEEP'], variables: ['CLIENT_ID'], isPartial: false });
  expect((await forge.ciSettings(undefined)).secrets).toEqual([...many, 'SHARED']);
  expect(forge.counts.writes).toBe(0);
});

test('names that a token may not see are an error, or make the list a part', async () => {
  const { forge } = await scene();
  await expect(forge.ciSettings(undefined)).rejects.toMatchObject({ kind: 'missing-permission' });
  const some = { ...appRights, secrets: 'read', actions_variables: 'read' } as const;
  const { forge: other } = await scene({ token: { permissions: some } });
  expect(await other.ciSettings('mirror')).toEqual({ secrets: [], variables: [], isPartial: true });
});
