import { expect, test } from 'vitest';
import { carries, commentOnce, isTicked, keepIssue, marker, settleIssue } from '../../src/forge/hidden-markers.ts';
import { scene } from './support.ts';

const drift = { key: 'drift', label: 'mirrorlock', title: 'Drift', body: 'Two tags differ.' };

test('comments are written and read in order, over pages, as far as a thousand', async () => {
  const { forge, repository } = await scene();
  const { issue } = await keepIssue(forge, drift);
  for (let at = 0; at < 130; at++) repository.comment(issue.number, 'alice', `comment ${at}`);
  await forge.comment({ kind: 'issue', number: issue.number }, 'the last');
  const { items, complete } = await forge.listComments({ kind: 'issue', number: issue.number });
  expect(items).toHaveLength(131);
  expect(complete).toBe(true);
  expect(items[0]).toMatchObject({ author: { name: 'alice', isBot: false }, body: 'comment 0' });
  expect(items[130]).toMatchObject({ author: { name: 'mirrorlock[bot]', isBot: true }, body: 'the last' });
  for (let at = 0; at < 900; at++) repository.comment(issue.number, 'bob', 'more');
  expect(await forge.listComments({ kind: 'issue', number: issue.number })).toMatchObject({ complete: false });
});

test('a comment is made once for each key, whoever else uses its marker', async () => {
  const { forge, repository } = await scene();
  const { issue } = await keepIssue(forge, drift);
  const subject = { kind: 'issue', number: issue.number } as const;
  repository.comment(issue.number, 'mallory', marker('greeting'));
  const once = { key: 'greeting', body: 'Hello', author: 'mirrorlock[bot]' };
  expect(await commentOnce(forge, subject, once)).toBe(true);
  expect(await commentOnce(forge, subject, once)).toBe(false);
  expect(await commentOnce(forge, subject, { ...once, key: 'other' })).toBe(true);
  expect(repository.thread(issue.number).comments.map(({ user }) => user.login)).toEqual([
    'mallory',
    'mirrorlock[bot]',
    'mirrorlock[bot]',
  ]);
});

test('one issue is opened, brought up to date, left alone when it says the same, and closed', async () => {
  const { forge, repository } = await scene();
  expect(await keepIssue(forge, drift)).toMatchObject({ done: 'opened', issue: { number: 1, labels: ['mirrorlock'] } });
  const { writes } = forge.counts;
  expect(await keepIssue(forge, drift)).toMatchObject({ done: 'left' });
  expect(forge.counts.writes).toBe(writes);
  expect(await keepIssue(forge, { ...drift, body: 'Three tags differ.' })).toMatchObject({ done: 'updated' });
  expect(repository.issues()).toMatchObject([{ isOpen: true, body: expect.stringContaining('Three tags differ.') }]);
  expect(await settleIssue(forge, 'drift', 'mirrorlock', 'Nothing differs.')).toMatchObject({ state: 'closed' });
  expect(repository.issues()).toMatchObject([
    { isOpen: false, comments: [{ body: expect.stringContaining('Nothing') }] },
  ]);
  expect(await settleIssue(forge, 'drift', 'mirrorlock', 'Nothing differs.')).toBeUndefined();
  expect(await keepIssue(forge, drift)).toMatchObject({ done: 'opened', issue: { number: 2 } });
});

test('pull requests, issues of others, and issues with another label are not taken for it', async () => {
  const { forge, repository } = await scene();
  await repository.commit('mirrorlock[bot]', 'update', { a: 'a\n' });
  await forge.openProposal({ head: 'update', base: 'main', title: 'Drift', body: marker('drift'), isDraft: false });
  await forge.addLabels(1, ['mirrorlock']);
  await forge.openIssue({ title: 'Drift', body: 'by hand', labels: ['mirrorlock'] });
  await forge.openIssue({ title: 'Drift', body: marker('drift'), labels: ['other'] });
  expect(await keepIssue(forge, drift)).toMatchObject({ done: 'opened', issue: { number: 4 } });
});

test('issues that are switched off are said to be', async () => {
  const { forge, repository } = await scene();
  repository.settings.hasIssues = false;
  await expect(keepIssue(forge, drift)).rejects.toMatchObject({ kind: 'disabled' });
});

test('markers are comments of Markdown, and nothing can break out of them', () => {
  expect(marker('a:b')).toBe('<!-- mirrorlock:a:b -->');
  expect(carries(`text\n${marker('a')}`, 'a')).toBe(true);
  expect(carries(marker('ab'), 'a')).toBe(false);
  expect(() => marker('a --> b')).toThrow();
});

test.for([
  ['- [x] go on', true],
  ['text\r\n* [X] go on\r\n', true],
  ['  - [ ] go on', false],
  ['- [x] something else', undefined],
  ['> - [x] go on', undefined],
  ['', undefined],
] as const)('a checkbox in %j is %s', ([body, expected]) => {
  expect(isTicked(body, 'go on')).toBe(expected);
});
