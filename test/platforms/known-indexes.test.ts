import { expect, test } from 'vitest';
import { parseImageName } from '../../src/core/names.ts';
import { isRewritten, type LockEntry } from '../../src/lock/types.ts';
import { knownIndexes } from '../../src/platforms/platforms.ts';
import { digest, kept, locked, lockedImage, lockfile, pending, rewritten, tags } from '../support/lockfiles.ts';

const golang = parseImageName('golang');
const { children } = kept('index', 'linux/amd64');

function knownOf(...entries: readonly LockEntry[]) {
  const known = knownIndexes(lockfile(lockedImage('golang', ...entries)));
  return (source: string) => known(golang, digest(source));
}

test('nothing is known without a lockfile, of a group whose index is not told, or of another image', () => {
  expect(knownIndexes(undefined)(golang, digest('a'))).toBeUndefined();
  expect(knownOf(locked('a', '1'), pending('2'))('a')).toBeUndefined();
  const known = knownIndexes(lockfile(lockedImage('golang', rewritten('1', kept('a', 'linux/amd64')))));
  expect(known(parseImageName('alpine'), digest('a'))).toBeUndefined();
});

test('of an index that was rewritten, what is kept and what was left out is known', () => {
  const index = { sources: [digest('a'), digest('b')], without: ['linux/386'], children };
  const known = knownOf(rewritten('1', index));
  for (const source of ['a', 'b']) expect(known(source)).toEqual({ children, without: ['linux/386'], isWhole: false });
  expect(known('c')).toBeUndefined();
});

test('of upstream’s own index all is known, though others of which something was left out have the same digest', () => {
  const index = { sources: [digest('own'), digest('other')], without: ['linux/386'], children };
  const known = knownOf({ digest: digest('own'), tags: tags('1'), index });
  expect(known('own')).toEqual({ children, without: [], isWhole: true });
  expect(known('other')).toEqual({ children, without: ['linux/386'], isWhole: false });
});

test('of a pending group what was seen is known, and all of it where nothing else was there', () => {
  const seen = (source: string, ...without: readonly string[]) => ({ source: digest(source), without, children });
  const known = knownOf({ pending: tags('1'), seen: seen('a', 'linux/386') }, { pending: tags('2'), seen: seen('b') });
  expect(known('a')).toEqual({ children, without: ['linux/386'], isWhole: false });
  expect(known('b')).toEqual({ children, without: [], isWhole: true });
});

test('an index is rewritten where upstream has none of its digest', () => {
  const index = { sources: [digest('a')], without: [], children };
  expect(isRewritten({ digest: digest('other'), index })).toBe(true);
  expect(isRewritten({ digest: digest('a'), index })).toBe(false);
  expect(isRewritten({ digest: digest('a') })).toBe(false);
});
