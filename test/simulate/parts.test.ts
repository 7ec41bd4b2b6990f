import { diffArrays } from 'diff';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Digest, parseDigest, parseImageName, parseTag } from '../../src/core/names.ts';
import type { LockedImage } from '../../src/lock/types.ts';
import { brokenPromises, type CheckedStep } from '../../src/simulate/back-test.ts';
import { contentModel, type GroupContent } from '../../src/simulate/content.ts';
import { changedLines } from '../../src/simulate/line-count.ts';
import { LockText } from '../../src/simulate/lock-text.ts';
import { Mirror } from '../../src/simulate/mirror.ts';
import { spread } from '../../src/simulate/statistics.ts';
import { readLibraryFile } from '../../src/upstream/reader.ts';
import { digest, locked, lockedImage, pending, tags } from '../support/lockfiles.ts';

describe('the digest model', () => {
  const file = (more = '') => `Maintainers: A B <a@example.com> (@a)
GitRepo: https://example.com/x.git
Architectures: amd64, arm64v8

Tags: 1-a, a
SharedTags: 1
GitCommit: ${'1'.repeat(40)}
${more}
Tags: 1-b
SharedTags: 1
GitCommit: ${'2'.repeat(40)}

Tags: 2-c
SharedTags: 2
GitCommit: ${'3'.repeat(40)}
`;
  const everywhere = contentModel({});
  const contents = (text: string, contentOf = everywhere) => {
    const reading = readLibraryFile(text, { builds: true });
    if (reading.kind === 'refused') throw new Error(reading.refusal.message);
    return new Map(reading.groups.map((group) => [group.tags[0], contentOf('x', group)]));
  };

  test('shared tags on one entry have its digest; on two, one of their own whose children are theirs', () => {
    const all = contents(file());
    const of = (name: string) => all.get(parseTag(name)) as GroupContent;
    expect(of('2').digest).toBe(of('2-c').digest);
    expect(of('1').digest).not.toBe(of('1-a').digest);
    expect(of('1').children).toEqual([...of('1-a').children, ...of('1-b').children]);
  });

  test('a commit for one architecture changes that child alone, and no digest of other platforms', () => {
    const [before, after] = [file(), file(`arm64v8-GitCommit: ${'9'.repeat(40)}\n`)];
    const child = (text: string) => contents(text).get(parseTag('1-a'))?.children ?? [];
    expect(child(after)[0]).toBe(child(before)[0]);
    expect(child(after)[1]).not.toBe(child(before)[1]);
    const onAmd64 = contentModel({ platforms: ['linux/amd64'] });
    const amd64 = (text: string) => contents(text, onAmd64).get(parseTag('1-a'));
    expect(amd64(after)?.digest).toBe(amd64(before)?.digest);
    expect(amd64(after)?.indexes).not.toEqual(amd64(before)?.indexes);
    expect(contents(before, contentModel({ platforms: ['windows/amd64'] })).get(parseTag('1-a'))).toBeUndefined();
  });
});

describe('changed lines', () => {
  // As in a lockfile, where `tags:` stands in each group, and all else once.
  const lines = fc
    .array(fc.tuple(fc.constantFrom(...'abcdefghijklmnop'), fc.boolean()))
    .map((pairs) => new Map(pairs))
    .map((pairs) => [...pairs].flatMap(([line, isFirst]) => (isFirst ? [line, 'tags:'] : [line])));
  const shown = (one: string[], other: string[]) =>
    diffArrays(one, other).reduce((sum, part) => sum + (part.added || part.removed ? part.value.length : 0), 0);

  test('are what a diff shows, of lines that occur once', () => {
    const unique = fc.shuffledSubarray([...'abcdefghijklmnop']);
    fc.assert(
      fc.property(unique, unique, (one, other) => {
        expect(changedLines(one, other)).toBe(shown(one, other));
      }),
    );
  });

  test('are never fewer, none for equal texts, and the same both ways', () => {
    fc.assert(
      fc.property(lines, lines, (one, other) => {
        expect(changedLines(one, other)).toBeGreaterThanOrEqual(shown(one, other));
        expect(changedLines(one, one)).toBe(0);
      }),
    );
  });

  test('a rebuild is one line, removed and added', () => {
    const text = new LockText();
    const image = (name: string) =>
      lockedImage('debian', locked(name, '12.1 12'), locked('b', '13.1 13'), pending('14'));
    expect(changedLines(text.linesOf(image('a')), text.linesOf(image('c')))).toBe(2);
    expect(text.linesOf(image('a')).slice(0, 3)).toEqual(['  debian:', `    - digest: ${digest('a')}`, '      tags:']);
    expect(text.unreadable).toEqual([]);
  });
});

describe('the mirror', () => {
  const group = (name: string, ...children: string[]): GroupContent => ({
    digest: digest(name),
    indexes: [name],
    children,
    allChildren: children.length,
  });
  const wish = (arrived: GroupContent[], left: Digest[] = []) => [{ image: 'x', arrived, left }];

  test('pulls each manifest once, and none that is there', () => {
    const mirror = new Mirror(undefined);
    expect(mirror.fill(wish([group('a', '1', '2'), group('b', '2', '3')]))).toBe(2 + 3 * 2);
    expect(mirror.run(0, wish([group('c', '1', '3')])).pulled).toBe(1);
    expect(mirror.run(1, wish([group('a', '1', '2')])).pulled).toBe(0);
  });

  test('keeps to the limit of any six hours; what waits goes on, oldest first, unless it is wanted no more', () => {
    const mirror = new Mirror(5);
    const hour = 3600;
    expect(mirror.run(0, wish([group('a', '1', '2'), group('b', '3')]))).toMatchObject({ pulled: 5, waiting: 3 });
    expect(mirror.run(3 * hour, wish([group('c', '4')]))).toMatchObject({ pulled: 0, waiting: 6 });
    expect(mirror.run(6 * hour, wish([], [digest('b')]))).toMatchObject({ pulled: 3, waiting: 0 });
    expect(mirror.isIdle).toBe(true);
  });

  test('whatever the limit, what is pulled in the end is what was asked for', () => {
    const groups = fc.array(fc.uniqueArray(fc.constantFrom(...'123456789'), { minLength: 1 }), { maxLength: 12 });
    fc.assert(
      fc.property(groups, fc.integer({ min: 2, max: 20 }), (lists, limit) => {
        const contents = lists.map((children, index) => group(`g${index}`, ...children));
        const asked = new Mirror(undefined).fill(wish(contents));
        const mirror = new Mirror(limit);
        let [pulled, time] = [0, 0];
        do {
          const run = mirror.run(time, time === 0 ? wish(contents) : []);
          expect(run.pulled).toBeLessThanOrEqual(limit);
          pulled += run.pulled;
          expect(run.waiting).toBe(asked - pulled);
          time += 6 * 3600;
        } while (!mirror.isIdle);
        expect(pulled).toBe(asked);
      }),
    );
  });
});

describe('the back-test', () => {
  const image = parseImageName('x');
  const before = lockedImage('x', locked('a', '1.0 1'), locked('b', '2.0'));
  const after = lockedImage('x', locked('c', '1.1 1'), locked('b', '2.0'));
  const diff = {
    image,
    releases: [],
    ended: [],
    floating: [],
    added: [{ tag: parseTag('1.1'), digest: digest('c') }],
    removed: [{ tag: parseTag('1.0'), digest: digest('a') }],
    moved: [{ tag: parseTag('1'), from: digest('a'), to: digest('c') }],
    rebuilt: [],
    pending: [],
  };
  const waiting = lockedImage('x', pending('1.1 1'), locked('a', '1'), locked('b', '2.0'));
  const step: CheckedStep = {
    image,
    wanted: new Set(tags('1.1 1 2.0')),
    before,
    after,
    diff,
    isNew: true,
    earlier: undefined,
    relock: (_, unpublished) => (unpublished === undefined ? after : waiting),
  };
  const said = (changes: Partial<CheckedStep>) => brokenPromises({ ...step, ...changes }).join('\n');

  test('finds nothing where all holds', () => {
    expect(said({})).toBe('');
  });

  test.each<[string, Partial<CheckedStep>, RegExp]>([
    [
      'a tag in two groups',
      { after: lockedImage('x', locked('c', '1.1 1 2.0'), locked('b', '2.0')) },
      /groups are disjoint: 2\.0/,
    ],
    ['a wanted tag in none', { wanted: new Set(tags('1.1 1 2.0 3')) }, /every wanted tag.*3 is not/],
    ['a locked tag that is not wanted', { wanted: new Set(tags('1.1 1')) }, /only wanted tags are locked: 2\.0/],
    ['a diff that misses a tag', { diff: { ...diff, moved: [] } }, /diff tells what differs.*of 1 /],
    ['no diff at all', { diff: undefined }, /diff tells what differs/],
    ['a lockfile that depends on runs before', { relock: (_, late) => (late ? waiting : before) }, /runs are left out/],
    [
      'a tag that moves to what is not published',
      { relock: (_, late) => (late ? (after satisfies LockedImage) : after) },
      /no tag moves to an image that is not published/,
    ],
    [
      'a tag that disappears for what is not published',
      { relock: (_, late) => (late ? lockedImage('x', pending('1.1 1'), locked('b', '2.0')) : after) },
      /no tag disappears for an image that is not published: 1/,
    ],
  ])('finds %s', (_, changes, pattern) => {
    expect(said(changes)).toMatch(pattern);
  });
});

test('median, 90th percentile and most are values that occur', () => {
  expect(spread([])).toEqual({ total: 0, median: 0, p90: 0, most: 0 });
  expect(spread([5, 1, 2, 3, 4, 10, 9, 8, 7, 6])).toEqual({ total: 55, median: 5, p90: 9, most: 10 });
  expect(parseDigest(digest('a'))).toBe(digest('a'));
});
