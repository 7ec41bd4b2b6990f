import { describe, expect, test } from 'vitest';
import { holdBack } from '../../src/lock/hold-back.ts';
import { indexDigest } from '../../src/resolve/children.ts';
import type { ResolvedGroup } from '../../src/resolve/types.ts';
import {
  assemble,
  group,
  kept,
  lockedImage,
  lockfile,
  pending,
  resolvedImage,
  rewritten,
} from '../support/lockfiles.ts';

const both = ['linux/amd64', 'linux/arm64/v8'];
const before = lockfile(lockedImage('golang', rewritten('1.26 1 latest', kept('old', ...both))));

/** A group whose index has these platforms, of those announced. */
function published(line: string, announced: readonly string[], ...platforms: readonly string[]): ResolvedGroup {
  const index = { ...kept('new', ...platforms), without: ['linux/386'] };
  const { group: upstream, wanted } = group(line);
  return { wanted, group: { ...upstream, platforms: announced }, digest: indexDigest(index.children), index };
}

function hold(...groups: readonly ResolvedGroup[]) {
  const { images, warnings } = holdBack([resolvedImage('golang', ...groups)], before, () => ({
    platforms: both,
    attestations: true,
  }));
  return { lockfile: assemble(images, before), warnings: warnings.map(({ code }) => code) };
}

describe('promise 3: a tag does not lose a platform that is not published yet', () => {
  test('it stays where it was, and the group is pending', () => {
    const { lockfile: after, warnings } = hold(published('1.27 1 latest', both, 'linux/amd64'));
    const [old] = before.images[0]?.entries ?? [];
    const { sources, children } = kept('new', 'linux/amd64');
    const [source] = sources;
    expect(after.images[0]?.entries).toEqual([
      { ...pending('1.27 1 latest'), seen: { source, without: ['linux/386'], children } },
      { ...old, tags: ['1', 'latest'] },
    ]);
    expect(warnings).toEqual(['lock/platform-held']);
  });

  test('a platform that upstream no longer announces is lost', () => {
    const { lockfile: after, warnings } = hold(published('1.27 1 latest', ['linux/amd64'], 'linux/amd64'));
    expect(after.images[0]?.entries).toMatchObject([{ tags: ['1.27', '1', 'latest'] }]);
    expect(warnings).toEqual([]);
  });

  test('a tag that is new has what is published', () => {
    const { lockfile: after } = hold(published('1.27', both, 'linux/amd64'));
    expect(after.images[0]?.entries).toMatchObject([{ tags: ['1.27'] }]);
  });

  test('an index that has all of them is taken', () => {
    expect(hold(published('1.27 1 latest', both, ...both)).warnings).toEqual([]);
  });
});
