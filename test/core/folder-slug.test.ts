import { expect, test } from 'vitest';
import { folderSlug, inFolder } from '../../src/core/folder-slug.ts';

test('a folder has a name that a branch, a tag and a marker may hold, and no other folder has it', () => {
  const folders = ['a/', 'a-b/', 'a/b/', 'a.b/', 'a b/', 'ä/', `${'x'.repeat(60)}/`, `${'x'.repeat(61)}/`, 'a.lock/'];
  const slugs = folders.map(folderSlug);
  for (const slug of slugs) expect(slug).toMatch(/^[\w-]{1,49}$/);
  expect(new Set(slugs).size).toBe(folders.length);
  expect(slugs.slice(0, 2)).toEqual(['a', 'a-b']);
  expect([inFolder('x', ''), inFolder('x', 'a/'), inFolder('x', 'a/', ':')]).toEqual(['x', 'x-a', 'x:a']);
});
