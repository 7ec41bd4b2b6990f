import { describe, expect, test } from 'vitest';
import { holdBack } from '../../src/platforms/hold-back.ts';
import { indexDigest } from '../../src/resolve/children.ts';
import type { ResolvedGroup } from '../../src/resolve/types.ts';
import {
  assemble,
  digest,
  group,
  kept,
  locked,
  lockedImage,
  lockfile,
  pending,
  resolvedImage,
  rewritten,
} from '../support/lockfiles.ts';

const keep = { platforms: ['linux/amd64', 'linux/arm64/v8'], attestations: true };
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

  test('nothing is held where all platforms are kept, or without a lockfile', () => {
    const images = [resolvedImage('golang', published('1.27 1 latest', both, 'linux/amd64'))];
    expect(holdBack(images, before, () => undefined)).toEqual({ images, warnings: [] });
    expect(holdBack(images, undefined, () => keep)).toEqual({ images, warnings: [] });
  });

  test('what is pending, or tells nothing of its index, stays as it is', () => {
    const images = [resolvedImage('golang', group('1.27 1'), group('1.26 latest', 'whole'))];
    expect(holdBack(images, before, () => keep)).toEqual({ images, warnings: [] });
  });

  test('a tag whose platforms no lockfile tells is not held', () => {
    const untold = lockfile(lockedImage('golang', locked('old', '1.26 1 latest')));
    const images = [resolvedImage('golang', published('1.27 1 latest', both, 'linux/amd64'))];
    expect(holdBack(images, untold, () => keep)).toEqual({ images, warnings: [] });
  });

  test('the warning names the platforms and the tags', () => {
    const three = [...both, 'linux/386'];
    const had = lockfile(lockedImage('golang', rewritten('1 latest', kept('old', ...three))));
    const images = [resolvedImage('golang', published('1 latest', three, 'linux/amd64'))];
    const { warnings } = holdBack(images, had, () => ({ ...keep, platforms: three }));
    expect(warnings).toEqual([
      {
        code: 'lock/platform-held',
        severity: 'warning',
        message: expect.stringContaining('linux/arm64/v8, linux/386'),
        value: 'golang: 1, latest',
        hint: expect.stringMatching(/\S/),
      },
    ]);
  });

  test('of what is held, what is known is kept: all of upstream’s own index, and of another what was left out', () => {
    const { children } = kept('new', 'linux/amd64');
    const seenOf = (own: boolean, without: readonly string[]) => {
      const source = own ? indexDigest(children) : digest('another');
      const index = { sources: [source], without, children };
      const one = { ...published('1', both, 'linux/amd64'), index };
      const [image] = holdBack([resolvedImage('golang', one)], before, () => keep).images;
      expect(image?.groups).toMatchObject([{ digest: undefined, wanted: ['1'] }]);
      expect(image?.groups[0]).not.toHaveProperty('index');
      return image?.groups[0]?.seen;
    };
    expect(seenOf(true, [])).toEqual({ source: indexDigest(children), without: [], children });
    expect(seenOf(false, ['linux/386'])).toEqual({ source: digest('another'), without: ['linux/386'], children });
    expect(seenOf(false, [])).toBeUndefined();
  });
});
