import { expect, test } from 'vitest';
import { readingOf, sumOfReadings } from '../../src/simulate/reading.ts';
import { locked, lockedImage } from '../support/lockfiles.ts';

const before = lockedImage(
  'golang',
  locked('a', '1.26.5 1.26 latest'),
  locked('b', '1.25.9 1.25'),
  locked('c', '1.26.5-alpine3.22'),
);

test('nothing is read where nothing changes', () => {
  expect(readingOf(before, before)).toEqual({ releases: 0, rebuilds: 0, endings: 0 });
  expect(readingOf(undefined, undefined)).toEqual({ releases: 0, rebuilds: 0, endings: 0 });
});

test('the same tags with another digest are a rebuild, whatever their order', () => {
  const after = lockedImage(
    'golang',
    locked('d', 'latest 1.26 1.26.5'),
    locked('b', '1.25.9 1.25'),
    locked('c', '1.26.5-alpine3.22'),
  );
  expect(readingOf(before, after)).toEqual({ releases: 0, rebuilds: 1, endings: 0 });
});

test('a new version is a release, and what it replaces has not ended', () => {
  const after = lockedImage(
    'golang',
    locked('d', '1.26.6 1.26 latest'),
    locked('b', '1.25.9 1.25'),
    locked('e', '1.26.6-alpine3.22'),
  );
  expect(readingOf(before, after)).toEqual({ releases: 2, rebuilds: 0, endings: 0 });
});

test('a release whose floating tag stands first is one as well', () => {
  const [old, fresh] = ['2023.9.1.0', '2023.9.2.0'].map((version, index) =>
    lockedImage('amazonlinux', locked(`${index}`, `2023 ${version} latest`)),
  );
  expect(readingOf(old, fresh)).toEqual({ releases: 1, rebuilds: 0, endings: 0 });
});

test('a series that leaves has ended, also in the run that releases another', () => {
  const after = lockedImage(
    'golang',
    locked('d', '1.26.6 1.26 latest'),
    locked('c', '1.26.5-alpine3.22'),
    locked('e', '1.27.0 1.27'),
  );
  expect(readingOf(before, after)).toEqual({ releases: 2, rebuilds: 0, endings: 1 });
  expect(readingOf(before, undefined)).toEqual({ releases: 0, rebuilds: 0, endings: 3 });
  expect(sumOfReadings([readingOf(before, after), readingOf(before, undefined)])).toEqual({
    releases: 2,
    rebuilds: 0,
    endings: 4,
  });
});
