import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffMarkdown } from '../../src/changes/diff-markdown.ts';
import { diffText } from '../../src/changes/diff-text.ts';
import { titleOf } from '../../src/changes/words.ts';
import { countDiff, diffJson, diffLockfiles, tagSteps } from '../../src/diff/diff.ts';
import { isPending, type LockEntry, type Lockfile, tagDigests } from '../../src/lock/types.ts';
import { twoLockfiles } from '../support/arbitrary-lockfiles.ts';
import { digest, kept, locked, lockedImage, lockfile, pending, rewritten, tags } from '../support/lockfiles.ts';

const before = lockfile(
  lockedImage('alpine', locked('a1', '3.23.2 3.23 3 latest'), locked('a2', 'edge')),
  lockedImage('centos', locked('c', '7 latest')),
  lockedImage('debian', locked('d1', '12.12 12'), locked('d2', '13.3 13 latest')),
  lockedImage('golang', locked('g1', '1.27.0 1.27 1 latest'), locked('g2', '1.26.4 1.26')),
);
const after: Lockfile = {
  ...lockfile(
    lockedImage('alpine', locked('a1', '3.23.2 3.23 3 latest'), locked('a2', 'edge')),
    lockedImage('debian', locked('d3', '12.12 12'), locked('d4', '14.0 14 latest'), locked('d5', '13.3 13')),
    lockedImage('golang', pending('1.27.1 1.27 1 latest'), locked('g1', '1.27 1 latest'), locked('g2', '1.26.4 1.26')),
    lockedImage('rust', locked('r', '1 latest')),
  ),
  upstream: { repository: 'https://git.example/official-images.git', commit: 'f00d'.repeat(10) },
};
/** Made in each test, so that none fails before it begins. */
const made = () => diffLockfiles(before, after);

describe('the difference of two lockfiles', () => {
  test('names tags added, removed, moved, rebuilt and pending, and only images that differ', () => {
    const diff = made();
    const none = { releases: [], rebuilt: [], moved: [], added: [], ended: [], floating: [], removed: [], pending: [] };
    const at = (name: string, line: string) => tags(line).map((tag) => ({ tag, digest: digest(name) }));
    const version = { from: '13.3', to: '14.0' };
    const awaiting = at('g1', '1.27.0').map((change) => ({ ...change, until: '1.27.1' }));
    const to = { from: digest('d2'), to: digest('d4') };
    expect(diff.images).toEqual([
      { ...none, image: 'centos', gone: true, removed: at('c', '7 latest') },
      {
        ...none,
        image: 'debian',
        releases: [{ version, ...to, tags: ['latest'], added: ['14.0', '14'], replaced: [] }],
        rebuilt: [{ tags: ['12.12', '12'], from: digest('d1'), to: digest('d3') }],
        moved: tags('13.3 13').map((tag) => ({ tag, from: digest('d2'), to: digest('d5') })),
      },
      { ...none, image: 'golang', awaiting, pending: ['1.27.1', '1.27', '1', 'latest'] },
      { ...none, image: 'rust', added: at('r', '1 latest') },
    ]);
    expect(countDiff(diff)).toEqual({
      ...{ releases: 1, rebuilt: 1, moved: 2, added: 2, ended: 0, floating: 0, removed: 2, replaced: 0, pending: 4 },
      awaiting: 1,
    });
  });

  test.each<[string, string, string, boolean]>([
    ['1.26.6 1.26', '1.26', '1.26.7 1.26', true],
    ['1.26.6-trixie 1.26-trixie', '1.26-trixie', '1.26.7-trixie 1.26-trixie', true],
    ['trixie-20260811 trixie', 'trixie', 'trixie-20260825 trixie', true],
    // An older version, one of another form, and one that takes nothing over are no successors.
    ['1.26.6 1.26', '1.26', '1.26.5 1.26', false],
    ['1.26.6 1.26', '1.26', '1.26.7-alpine 1.26', false],
    ['1.26.6 1.26', '1.26', '1.26.7 latest', false],
  ])(
    'has a full tag of %s wait for its successor where %s stays and %s is pending: %s',
    (old, left, next, isAwaiting) => {
      const [image] = diffLockfiles(
        lockfile(lockedImage('golang', locked('a', old))),
        lockfile(lockedImage('golang', pending(next), locked('a', left))),
      ).images;
      const [tag] = tags(old);
      const [until] = tags(next);
      const change = { tag, digest: digest('a') };
      expect(image).toMatchObject(
        isAwaiting ? { awaiting: [{ ...change, until }], removed: [] } : { removed: [change] },
      );
      if (!isAwaiting) expect(image).not.toHaveProperty('awaiting');
    },
  );

  test.each<[string, string, string | undefined]>([
    ['1.26.6-x', '1.26.7-x', '1.26.7-x'],
    ['1.26.6-x', '1.27.0-x 1.26.8-x', '1.26.8-x'],
    ['1.26.6-x', '2.0.0-x', undefined],
    ['1.26.6-x', '1.26.7-y', undefined],
    ['1.26.6-x', '1.27.0-rc1-x', undefined],
  ])('of a group of which no tag is left, %s with %s pending waits for %s', (old, next, until) => {
    const [image] = diffLockfiles(
      lockfile(lockedImage('golang', locked('a', old), locked('b', '1.26.6 1.26 1'))),
      lockfile(lockedImage('golang', pending(next), locked('b', '1.26.6 1.26 1'))),
    ).images;
    expect(image?.awaiting?.map((one) => one.until)).toEqual(until === undefined ? undefined : [until]);
  });

  test('tags of one digest wait for their successors in two groups', () => {
    const [image] = diffLockfiles(
      lockfile(lockedImage('golang', locked('a', '1.26.6-x 1.26.6 1.26'))),
      lockfile(lockedImage('golang', pending('1.26.7-x'), pending('1.26.7 1.26'), locked('a', '1.26'))),
    ).images;
    expect(image?.awaiting?.map(({ tag, until }) => [tag, until])).toEqual([
      ['1.26.6-x', '1.26.7-x'],
      ['1.26.6', '1.26.7'],
    ]);
  });

  test('is nothing for the same', () => {
    expect(diffLockfiles(before, before).images).toEqual([]);
    expect(diffLockfiles(undefined, undefined)).toEqual({ upstream: { from: undefined, to: undefined }, images: [] });
  });

  test('does not name again what was pending before', () => {
    const [image] = diffLockfiles(
      lockfile(lockedImage('golang', pending('1.27.1'), locked('a', '1.26'))),
      lockfile(lockedImage('golang', pending('1.27.1 1.27'), locked('b', '1.26'))),
    ).images;
    expect(image?.pending).toEqual(['1.27']);
  });

  test('of a tag that is published after all is an added tag', () => {
    const [image] = diffLockfiles(
      lockfile(lockedImage('golang', pending('1.27.1'))),
      lockfile(lockedImage('golang', locked('a', '1.27.1'))),
    ).images;
    expect(image).toMatchObject({ added: [{ tag: '1.27.1', digest: digest('a') }], pending: [] });
    expect(image).not.toHaveProperty('withdrawn');
  });

  test('names no lockfile before as all added, and none after as all removed', () => {
    expect(countDiff(diffLockfiles(undefined, before))).toMatchObject({ added: 18, removed: 0 });
    expect(countDiff(diffLockfiles(before, undefined))).toMatchObject({ added: 0, removed: 18 });
  });

  test('names images in the order of their names', () => {
    const one = (name: string) => lockfile(lockedImage(name, locked('a', '1')));
    expect(diffLockfiles(one('b'), one('a')).images.map(({ image }) => image)).toEqual(['a', 'b']);
  });

  test('does not come from another order of groups or tags', () => {
    const reordered = lockfile(
      ...before.images.map(({ image, entries }) => lockedImage(image, ...[...entries].reverse())),
    );
    expect(diffLockfiles(before, reordered).images).toEqual([]);
  });
});

describe('platforms that tags lose or gain', () => {
  const debian = (...entries: readonly LockEntry[]) => lockfile(lockedImage('debian', ...entries));
  const difference = () =>
    diffLockfiles(
      debian(rewritten('13 latest', kept('a', 'linux/amd64', 'linux/386')), rewritten('12', kept('b', 'linux/amd64'))),
      debian(
        rewritten('13 latest', kept('c', 'linux/amd64', 'linux/riscv64')),
        rewritten('12', kept('d', 'linux/amd64')),
      ),
    );

  test('are named once with all their tags, where both lockfiles tell them', () => {
    expect(difference().images[0]?.platforms).toEqual([
      { tags: ['13', 'latest'], lost: ['linux/386'], gained: ['linux/riscv64'] },
    ]);
    const untold = diffLockfiles(debian(locked('a', '13')), debian(rewritten('13', kept('c', 'linux/amd64'))));
    expect(untold.images[0]).not.toHaveProperty('platforms');
    const told = diffLockfiles(debian(rewritten('13', kept('c', 'linux/amd64'))), debian(locked('a', '13')));
    expect(told.images[0]).not.toHaveProperty('platforms');
  });

  test('are printed', () => {
    expect(diffText(difference())).toContain('  ! 13, latest  loses linux/386; gains linux/riscv64');
    expect(diffMarkdown(difference())).toContain(
      '- Platforms: `13` `latest` now without `linux/386` with `linux/riscv64`',
    );
  });
});

describe('platforms that tags only lose or only gain', () => {
  const of = (...groups: readonly (readonly [string, ...string[]])[]) =>
    lockfile(
      lockedImage('debian', ...groups.map(([tag, ...platforms]) => rewritten(tag, kept(`${platforms}`, ...platforms)))),
    );
  const difference = () =>
    diffLockfiles(
      of(['12', 'linux/amd64', 'linux/386', 'linux/riscv64'], ['13', 'linux/amd64'], ['14', 'linux/s390x']),
      of(['12', 'linux/amd64'], ['13', 'linux/amd64', 'linux/386', 'linux/riscv64'], ['14', 'linux/ppc64le']),
    );

  test('are told of the tags that do', () => {
    expect(difference().images[0]?.platforms).toEqual([
      { tags: ['12'], lost: ['linux/386', 'linux/riscv64'], gained: [] },
      { tags: ['13'], lost: [], gained: ['linux/386', 'linux/riscv64'] },
      { tags: ['14'], lost: ['linux/s390x'], gained: ['linux/ppc64le'] },
    ]);
  });

  test('are printed', () => {
    const lines = diffText(difference()).split('\n');
    expect(lines.filter((line) => line.startsWith('  !'))).toEqual([
      '  ! 12  loses linux/386, linux/riscv64',
      '  ! 13  gains linux/386, linux/riscv64',
      '  ! 14  loses linux/s390x; gains linux/ppc64le',
    ]);
    const notes = diffMarkdown(difference()).split('\n');
    expect(notes.filter((line) => line.startsWith('- Platforms'))).toEqual([
      '- Platforms: `12` now without `linux/386`, `linux/riscv64`',
      '- Platforms: `13` now with `linux/386`, `linux/riscv64`',
      '- Platforms: `14` now without `linux/s390x` with `linux/ppc64le`',
    ]);
  });
});

describe('a lockfile that changes without a new digest', () => {
  const golang = (...entries: readonly LockEntry[]) => lockfile(lockedImage('golang', ...entries));
  const index = kept('source', 'linux/amd64');
  const locked1 = rewritten('1 latest', index);
  const madeOf = (name: string) => rewritten('1 latest', { ...index, sources: [digest(name)] });

  test('tells tags that are pending no more', () => {
    const difference = diffLockfiles(golang(pending('1.27 1'), locked1), golang(pending('1.27'), locked1));
    expect(difference.images).toMatchObject([{ pending: [], withdrawn: ['1'] }]);
    expect(diffText(difference)).toBe('golang: 1 tag no longer pending\n\ngolang\n  x 1  no longer pending');
    expect(diffMarkdown(difference)).toBe(
      '**`golang`: 1 tag no longer pending**\n\n### `golang`\n\n- No longer pending: `1`\n',
    );
    expect(diffJson(difference).counts).toMatchObject({ pending: 0, withdrawn: 1 });
  });

  test('tells tags whose index is made from another one, as after the rebuild of a platform that is left out', () => {
    const difference = diffLockfiles(golang(madeOf('one')), golang(madeOf('two')));
    expect(difference.images).toMatchObject([{ rebuilt: [], details: ['1', 'latest'] }]);
    expect(diffText(difference)).toContain('golang: details of 2 tags\n');
    expect(diffText(difference)).toContain('  . 1, latest  same digest, other details of the index');
    expect(diffMarkdown(difference)).toContain('- Details: `1` `latest` (same digest');
    expect(diffJson(difference).counts).toMatchObject({ details: 2 });
  });

  test('tells of a pending tag what is there of it now', () => {
    const seen = (name: string) => ({ source: digest(name), without: [], children: index.children });
    const waiting = (name: string): LockEntry => ({ pending: tags('2'), seen: seen(name) });
    const difference = diffLockfiles(golang(waiting('a')), golang(waiting('b')));
    expect(difference.images).toMatchObject([{ details: ['2'] }]);
    expect(titleOf(difference)).toBe('golang: details of 1 tag');
  });

  test('tells other rules and another commit where nothing else changes', () => {
    expect(diffText(diffLockfiles(before, { ...before, configHash: digest('other') }))).toMatch(
      /^no tag.*mirrors.yaml/,
    );
    expect(diffLockfiles(before, { ...before, configHash: digest('other') }).config).toEqual({
      from: before.configHash,
      to: digest('other'),
    });
    const newer = { ...before, upstream: { ...before.upstream, commit: 'f00d'.repeat(10) } };
    expect(diffText(diffLockfiles(before, newer))).toBe('no tag changes; a newer upstream commit');
  });

  test('and tells something wherever the lockfile is more than another order', () => {
    const inOrder = (file: Lockfile) =>
      file.images.map(({ image, entries }) => [
        image,
        entries
          .map((entry) => JSON.stringify(isPending(entry) ? sorted(entry, 'pending') : sorted(entry, 'tags')))
          .sort(),
      ]);
    fc.assert(
      fc.property(twoLockfiles, ([from, to]) => {
        const isSame = JSON.stringify(inOrder(from)) === JSON.stringify(inOrder(to));
        expect(diffLockfiles(from, to).images.length === 0).toBe(isSame);
      }),
    );
  });
});

/** An entry with the tags under a key in their order. */
function sorted<Key extends string>(entry: Readonly<Record<Key, readonly string[]>>, key: Key): object {
  return { ...entry, [key]: [...entry[key]].sort() };
}

describe('what is printed is what was reviewed', () => {
  test('the marks of a diff are explained, those that are there', () => {
    fc.assert(
      fc.property(twoLockfiles, ([one, other]) => {
        const [body = '', said = ''] = diffText(diffLockfiles(one, other)).split('\n\nMarks: ');
        const begins = [...body.matchAll(/^ {2}([*~+=-]) /gm)].map(([, mark = '']) => mark);
        const within = [...body.matchAll(/^ {2}\* .*/gm)].flatMap(([line]) => line.match(/(?<= )[+-](?=\w)/g) ?? []);
        const explained = said === '' ? [] : said.split(', ').map((words) => words[0]);
        expect(new Set(explained)).toEqual(new Set([...begins, ...within]));
        expect(said).toMatch(/^$|^(?:[*~+=-] [a-z ]+(?:, |$))+$/);
      }),
    );
  });

  test('as text', async () => {
    await expect(`${diffText(made())}\n`).toMatchFileSnapshot('golden/diff.txt');
  });

  test('as Markdown', async () => {
    await expect(diffMarkdown(made())).toMatchFileSnapshot('golden/diff.md');
  });

  test('as JSON, with the schema first', async () => {
    await expect(`${JSON.stringify(diffJson(made()), null, 2)}\n`).toMatchFileSnapshot('golden/diff.json');
  });

  test('when nothing changed', () => {
    const nothing = diffLockfiles(before, before);
    expect(diffText(nothing)).toBe('no change');
    expect(diffMarkdown(nothing)).toBe('No change.\n');
    expect(titleOf(nothing)).toBe('no change');
    expect(diffJson(nothing)).toMatchObject({ schema: 'mirrorlock/diff/v2', images: [], counts: { added: 0 } });
  });
});

describe('the headline', () => {
  const tags = (count: number, word: string) =>
    Array.from({ length: count }, (_, index) => `${word}${index}`).join(' ');

  test('says what changed where', () => {
    const from = lockfile(
      lockedImage('debian', locked('old', `12.12 ${tags(14, 'm')}`)),
      lockedImage('golang', locked('g', '1.26')),
    );
    const to = lockfile(
      lockedImage('debian', locked('old', '12.12'), locked('new', `12.13 ${tags(14, 'm')}`)),
      lockedImage('golang', locked('g', '1.26 1 latest'), pending('1.27.0 1.27')),
    );
    expect(titleOf(diffLockfiles(from, to))).toBe('debian 12.13; 2 tags added, 2 pending');
  });

  test.each([
    [lockfile(lockedImage('a', locked('x', '1'))), 'a: 1 tag added'],
    [lockfile(lockedImage('a', locked('x', '1 2'))), 'a: 2 tags added'],
    [lockfile(lockedImage('a', pending('1'))), 'a: 1 tag pending'],
    [
      lockfile(...['a', 'b', 'c', 'd', 'e'].map((name) => lockedImage(name, locked('x', '1')))),
      'a, b, c and 2 more: 5 tags added',
    ],
  ])('counts one and many (%#)', (to, expected) => {
    expect(titleOf(diffLockfiles(undefined, to))).toBe(expected);
  });

  test('tells rebuilds by group', () => {
    const one = (x: string, y: string) => lockfile(lockedImage('a', locked(x, '1.0 1'), locked(y, '2.0 2')));
    expect(titleOf(diffLockfiles(one('x', 'y'), one('z', 'y')))).toBe('a: 1 group rebuilt');
    expect(titleOf(diffLockfiles(one('x', 'y'), one('z', 'w')))).toBe('a: 2 groups rebuilt');
    expect(titleOf(diffLockfiles(one('x', 'y'), undefined))).toBe('a gone');
  });
});

describe('for any two lockfiles', () => {
  const tagMap = (from: Lockfile) =>
    new Map(
      from.images.flatMap((image) =>
        [...tagDigests(image)].map(([tag, value]) => [`${image.image}:${tag}`, value] as [string, string]),
      ),
    );
  const pendingTags = (from: Lockfile) =>
    new Set(
      from.images.flatMap(({ image, entries }) =>
        entries.flatMap((entry) => (isPending(entry) ? entry.pending.map((tag) => `${image}:${tag}`) : [])),
      ),
    );

  test('the diff is the difference of their maps from tag to digest, each tag told once', () => {
    fc.assert(
      fc.property(twoLockfiles, ([from, to]) => {
        const [old, young] = [tagMap(from), tagMap(to)];
        const result = new Map(old);
        for (const image of diffLockfiles(from, to).images) {
          const name = (tag: string) => `${image.image}:${tag}`;
          for (const { tag, from: was, to: is } of tagSteps(image)) {
            expect(result.get(name(tag))).toBe(was);
            expect(is).not.toBe(was);
            if (is === undefined) result.delete(name(tag));
            else result.set(name(tag), is);
          }
          const told = tagSteps(image).map(({ tag }) => tag);
          expect(new Set(told).size).toBe(told.length);
        }
        expect(result).toEqual(young);
      }),
    );
  });

  test('and newly pending tags', () => {
    fc.assert(
      fc.property(twoLockfiles, ([from, to]) => {
        const named = diffLockfiles(from, to).images.flatMap(({ image, pending: own }) =>
          own.map((tag) => `${image}:${tag}`),
        );
        const old = pendingTags(from);
        expect(new Set(named)).toEqual(new Set([...pendingTags(to)].filter((tag) => !old.has(tag))));
      }),
    );
  });

  test('and there and back it names the same tags', () => {
    fc.assert(
      fc.property(twoLockfiles, ([from, to]) => {
        const [there, back] = [diffLockfiles(from, to), diffLockfiles(to, from)];
        const names = ({ images }: typeof there) =>
          images.map(
            (image) =>
              `${image.image} ${tagSteps(image)
                .map(({ tag }) => tag)
                .sort()}`,
          );
        expect(names(there)).toEqual(names(back));
        expect(countDiff(there).rebuilt).toBe(countDiff(back).rebuilt);
      }),
    );
  });
});
