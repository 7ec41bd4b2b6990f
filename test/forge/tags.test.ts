import { expect, test } from 'vitest';
import { buildCommit } from '../../src/forge/git/commit.ts';
import { makeTag, remoteTags } from '../../src/forge/git/tags.ts';
import { mark } from '../../src/runs/verify/mark.ts';
import { bot, date, type GitScene, gitScene } from './git-support.ts';

const name = 'mirrored/2026-08-21T1200Z';

async function anotherCommit({ git, base, temporary: temporaryDirectory }: GitScene, content: string): Promise<string> {
  const files = new Map([['a', content]]);
  return (await buildCommit(git, { base, files, message: 'x', author: bot, date, temporaryDirectory }))?.commit ?? '';
}

const markOf = ({ git, remote }: GitScene, commit: string) =>
  mark({ git, remote, commit, prefix: '' }, ['main', 'backup'], date);

test('an annotated tag is made without a ref, and equal tags are one object', async () => {
  const { git, run, base } = await gitScene();
  const tag = { name, commit: base, message: 'Served', tagger: bot, date };
  const object = await makeTag(git, tag);
  expect(await makeTag(git, tag)).toBe(object);
  expect(run('cat-file', 'tag', object)).toBe(
    `object ${base}\ntype commit\ntag ${name}\ntagger ${bot.name} <${bot.email}> ${date.getTime() / 1000} +0000\n\nServed`,
  );
  expect(run('for-each-ref', 'refs/tags')).toBe('');
});

test('the tags of a remote are read with the commits that they stand for, annotated or not', async () => {
  const all = await gitScene();
  await all.repository.git.run('tag', 'mirrored/light', 'main');
  await all.repository.git.run('tag', 'v1', 'main');
  const { tag } = await markOf(all, await anotherCommit(all, '1\n'));
  const tags = await remoteTags(all.git, all.remote, 'mirrored/');
  expect([...tags.keys()].sort()).toEqual([tag, 'mirrored/light'].sort());
  expect(tags.get('mirrored/light')).toBe(all.base);
});

test('another commit in the same minute gets the next name, also where the name is taken here alone', async () => {
  const all = await gitScene();
  expect(await markOf(all, all.base)).toEqual({ tag: name, commit: all.base, isNew: true });
  all.run('tag', `${name}-2`, 'HEAD');
  const commit = await anotherCommit(all, '1\n');
  expect(await markOf(all, commit)).toEqual({ tag: `${name}-3`, commit, isNew: true });
  expect(await markOf(all, commit)).toEqual({ tag: `${name}-3`, commit, isNew: false });
});

test('of two runs at once, both end well: each commit has its mark, and no tag was moved', async () => {
  const all = await gitScene();
  const commits = await Promise.all(['1\n', '2\n'].map((content) => anotherCommit(all, content)));
  const marks = await Promise.all([...commits, commits[0] ?? ''].map((commit) => markOf(all, commit)));
  const tags = await remoteTags(all.git, all.remote, 'mirrored/');
  expect(new Set(tags.values())).toEqual(new Set(commits));
  for (const { tag, commit } of marks) expect(tags.get(tag)).toBe(commit);
});
