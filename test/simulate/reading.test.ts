import { describe, expect, test } from 'vitest';
import { changesOf } from '../../src/changes/changes.ts';
import { changesMarkdown } from '../../src/changes/markdown.ts';
import type { ImageName } from '../../src/core/names.ts';
import { diffLockfiles } from '../../src/diff/diff.ts';
import type { LockedImage } from '../../src/lock/types.ts';
import { contentModel } from '../../src/simulate/content.ts';
import { type ImageStep, ImageWalk } from '../../src/simulate/image-walk.ts';
import { lockfileOf } from '../../src/simulate/lock-text.ts';
import { readOptions } from '../../src/simulate/options.ts';
import { readingOf, sumOfReadings } from '../../src/simulate/reading.ts';
import { layOut } from '../../src/simulate/simulate.ts';
import { locked, lockedImage } from '../support/lockfiles.ts';
import { bundle, bundleIsAbsent, needsBundle } from '../support/open-upstream.ts';
import { config, historyOf, request } from './support.ts';

const listOf = (image: LockedImage | undefined) => (image === undefined ? [] : [image]);
const read = (before: LockedImage | undefined, after: LockedImage | undefined) =>
  readingOf(diffLockfiles(lockfileOf(listOf(before)), lockfileOf(listOf(after))).images[0]);

const before = lockedImage(
  'golang',
  locked('a', '1.26.5 1.26 1 latest'),
  locked('b', '1.25.9 1.25'),
  locked('c', '1.26.5-alpine3.22'),
);

test('nothing is read where nothing changes', () => {
  expect(read(before, before)).toEqual({ releases: 0, rebuilds: 0, endings: 0 });
  expect(read(undefined, undefined)).toEqual({ releases: 0, rebuilds: 0, endings: 0 });
});

test('the same tags with another digest are a rebuild, whatever their order', () => {
  const after = lockedImage(
    'golang',
    locked('d', 'latest 1 1.26 1.26.5'),
    locked('b', '1.25.9 1.25'),
    locked('c', '1.26.5-alpine3.22'),
  );
  expect(read(before, after)).toEqual({ releases: 0, rebuilds: 1, endings: 0 });
});

test('a new version is a release, and what it replaces has not ended', () => {
  const after = lockedImage(
    'golang',
    locked('d', '1.26.6 1.26 1 latest'),
    locked('b', '1.25.9 1.25'),
    locked('e', '1.26.6-alpine3.22'),
  );
  expect(read(before, after)).toEqual({ releases: 2, rebuilds: 0, endings: 0 });
});

test('a release whose floating tag stands first is one as well', () => {
  const [old, fresh] = ['2023.9.1.0', '2023.9.2.0'].map((version, index) =>
    lockedImage('amazonlinux', locked(`${index}`, `2023 ${version} latest`)),
  );
  expect(read(old, fresh)).toEqual({ releases: 1, rebuilds: 0, endings: 0 });
});

test('a new tag beside a version that stays is no release', () => {
  const after = lockedImage(
    'golang',
    ...['a', 'b', 'c'].map((name, index) => groupAt(before, index, name)),
    locked('e', 'tip'),
  );
  expect(read(before, after)).toEqual({ releases: 0, rebuilds: 0, endings: 0 });
});

test('a series that leaves has ended once, however many groups it has, and an image that leaves is one', () => {
  const old = lockedImage(
    'golang',
    ...['a', 'b', 'c'].map((name, index) => groupAt(before, index, name)),
    locked('x', '1.25.9-alpine3.22 1.25-alpine3.22'),
  );
  const after = lockedImage('golang', groupAt(before, 0, 'a'), groupAt(before, 2, 'c'));
  expect(read(old, after)).toEqual({ releases: 0, rebuilds: 0, endings: 1 });
  expect(read(old, undefined)).toEqual({ releases: 0, rebuilds: 0, endings: 1 });
  expect(sumOfReadings([read(old, after), read(old, undefined)])).toEqual({ releases: 0, rebuilds: 0, endings: 2 });
});

function groupAt({ entries }: LockedImage, index: number, name: string) {
  const entry = entries[index];
  return locked(name, entry !== undefined && 'tags' in entry ? entry.tags.join(' ') : '');
}

describe.skipIf(bundleIsAbsent)(`on the real library${needsBundle}`, () => {
  test('each week says what the text of its pull request says', async () => {
    const asked = request({ since: '2026-05-01', every: '7d', limit: 'none' });
    const everything = config('images: {include: ["*"]}');
    const { timeline } = layOut(await historyOf(bundle, asked), readOptions(asked));
    const setup = { rules: everything, contentOf: contentModel(everything) };
    const walks = new Map<string, ImageWalk>();
    const images = new Map<ImageName, LockedImage>();
    const weeks: ReturnType<typeof sumOfReadings>[] = [];
    for (const [index, { files }] of timeline.entries()) {
      const old = lockfileOf(sorted(images));
      const steps = [...files].flatMap(([name, version]): ImageStep[] => {
        const walk = walks.get(name) ?? new ImageWalk(name, setup);
        walks.set(name, walk);
        const step = walk.step(version);
        if (step === undefined) return [];
        if (walk.locked === undefined) images.delete(step.image);
        else images.set(step.image, walk.locked);
        return [step];
      });
      if (index === 0) continue;
      const reading = sumOfReadings(steps.map((step) => step.reading));
      expect(reading).toEqual(toldOf(old, lockfileOf(sorted(images))));
      weeks.push(reading);
    }
    expect(weeks.length).toBeGreaterThan(10);
    for (const kind of ['releases', 'rebuilds', 'endings'] as const)
      expect(weeks.some((week) => week[kind] > 0)).toBe(true);
  }, 240_000);
});

function sorted(images: ReadonlyMap<ImageName, LockedImage>): LockedImage[] {
  return [...images.values()].sort((one, other) => (one.image < other.image ? -1 : 1));
}

/** What the text of a pull request says, counted in the text and its parts. */
function toldOf(before: ReturnType<typeof lockfileOf>, after: ReturnType<typeof lockfileOf>) {
  const changes = changesOf({ before, after });
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const lines = `${changesMarkdown(changes)}`.match(/^- \*\*(?:Ended|Gone|Floating tags left):\*\*/gm) ?? [];
  return {
    releases: sum(changes.releases.flatMap(({ steps }) => steps.map(({ groups }) => groups))),
    rebuilds: sum(changes.rebuilds.map(({ groups }) => groups)),
    endings: lines.length,
  };
}
