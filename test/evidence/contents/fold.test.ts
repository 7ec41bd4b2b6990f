import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDigest, parseImageName, parseTag } from '../../../src/core/names.ts';
import { type FoldableGroup, groupsToRead } from '../../../src/evidence/contents/fold.ts';

const digest = (n: number) => parseDigest(`sha256:${n.toString(16).padStart(64, '0')}`);
interface Build {
  readonly cause: NonNullable<FoldableGroup['build']>['cause'];
  readonly base?: string;
  readonly baseTo?: number;
}
function group(
  reference: string,
  to: number,
  { cause, base, baseTo }: Partial<Build> = {},
  isNew = false,
): FoldableGroup {
  const [image = '', tag = ''] = reference.split(':');
  const bases = base === undefined ? [] : [{ name: base, ...(baseTo === undefined ? {} : { to: digest(baseTo) }) }];
  return {
    image: parseImageName(image),
    ...(isNew ? {} : { from: digest(0) }),
    to: digest(to),
    tags: [parseTag(tag)],
    ...(cause === undefined ? {} : { build: { cause, bases } }),
  };
}
const names = (groups: readonly FoldableGroup[]) => groups.map(({ image, tags }) => `${image}:${tags[0]}`);
const plan = (groups: readonly FoldableGroup[]) =>
  groupsToRead(groups).map((one) => [names([one.group])[0], names(one.alike), names(one.followers)]);

test('followers are folded under the base that changed, also over several steps', () => {
  const groups = [
    group('golang:1.26', 3, { cause: 'base', base: 'buildpack-deps:trixie-scm', baseTo: 2 }),
    group('buildpack-deps:trixie-scm', 2, { cause: 'base', base: 'docker.io/library/debian:trixie', baseTo: 1 }),
    group('debian:trixie', 1, { cause: 'source' }),
  ];
  expect(plan(groups)).toEqual([['debian:trixie', [], ['golang:1.26', 'buildpack-deps:trixie-scm']]]);
});

test('a group that changed its source, or whose base is another build, is read itself', () => {
  const debian = group('debian:trixie', 1, { cause: 'source' });
  for (const build of [
    { cause: 'source', base: 'debian:trixie', baseTo: 1 },
    { cause: 'base', base: 'debian:trixie', baseTo: 9 },
    { cause: 'base', base: 'alpine:3', baseTo: 1 },
    { cause: 'base', base: 'mcr.microsoft.com/windows/nanoserver:ltsc2025' },
  ] as const) {
    expect(plan([debian, group('golang:1', 3, build)]).map(([name]) => name)).toEqual(['debian:trixie', 'golang:1']);
  }
  const unknown = group('golang:1', 3, { cause: 'base', base: 'debian:trixie' });
  expect(plan([debian, unknown])).toEqual([['debian:trixie', [], ['golang:1']]]);
});

test('a base is known by the manifest of a platform, which is what upstream names', () => {
  const children = [{ digest: digest(11) }, { digest: digest(12) }];
  const debian = { ...group('debian:trixie', 1), build: { cause: 'source' as const, bases: [], after: children } };
  const follower = (baseTo: number) => group('golang:1', 3, { cause: 'base', base: 'debian:trixie', baseTo });
  expect(plan([debian, follower(12)])).toEqual([['debian:trixie', [], ['golang:1']]]);
  expect(plan([debian, follower(13)]).map(([name]) => name)).toEqual(['debian:trixie', 'golang:1']);
});

test('one group an image is read, the most telling one', () => {
  const rebuilt = group('golang:1.25', 1, { cause: 'neither' });
  const released = group('golang:1.26', 2, { cause: 'source' });
  const added = group('golang:1.27', 3, { cause: 'source' }, true);
  const latest = group('golang:latest', 4, { cause: 'source' });
  expect(plan([rebuilt, added, released])).toEqual([['golang:1.26', ['golang:1.27', 'golang:1.25'], []]]);
  expect(plan([released, latest])).toEqual([['golang:latest', ['golang:1.26'], []]]);
  expect(plan([rebuilt, added])).toEqual([['golang:1.27', ['golang:1.25'], []]]);
});

test('every group is in the plan once, whatever names what as its base', () => {
  const reference = fc.constantFrom('a:1', 'a:2', 'b:1', 'c:latest', 'd:1');
  const cause = fc.constantFrom('source', 'base', 'neither', 'unknown') as fc.Arbitrary<Build['cause']>;
  const any = fc.record(
    { cause, base: fc.oneof(reference, fc.constantFrom('c', 'x@', ':', '')) },
    { requiredKeys: [] },
  );
  const groups = fc
    .uniqueArray(fc.record({ reference, any, isNew: fc.boolean() }), { selector: (one) => one.reference })
    .map((all) => all.map((one, index) => group(one.reference, index + 1, one.any, one.isNew)));
  fc.assert(
    fc.property(groups, (all) => {
      const read = groupsToRead(all);
      const told = read.flatMap((one) => [one.group, ...one.alike, ...one.followers]);
      expect(names(told).sort()).toEqual(names(all).sort());
      expect(new Set(read.map((one) => one.group.image)).size).toBe(read.length);
    }),
  );
});
