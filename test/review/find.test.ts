import { describe, expect, test } from 'vitest';
import { findToLookAt } from '../../src/changes/find.ts';
import type { Finding } from '../../src/changes/findings.ts';
import { diffLockfiles } from '../../src/diff/diff.ts';
import type { LockEntry, Lockfile } from '../../src/lock/types.ts';
import { kept, locked, lockedImage, lockfile, pending, rewritten } from '../support/lockfiles.ts';

function find(before: Lockfile | undefined, after: Lockfile): Finding[] {
  return findToLookAt(before, after, diffLockfiles(before, after));
}

const debian = (...entries: readonly LockEntry[]) => lockfile(lockedImage('debian', ...entries));
const kinds = (findings: readonly Finding[]) => findings.map(({ kind }) => kind);

describe('a reviewer is told to look at', () => {
  test('a floating tag that goes to another major version, by the versions beside it', () => {
    const before = debian(locked('a', '12.12 12 latest stable'));
    const after = debian(locked('b', '13.3 13 latest stable'), locked('c', '12.12 12'));
    expect(find(before, after)).toEqual([
      { kind: 'major', image: 'debian', tags: ['latest', 'stable'], from: '12.12', to: '13.3' },
    ]);
  });

  test.each([
    ['a newer minor version', '3.13.2 3.13 3 latest', '3.14.0 3.14 3 latest', undefined],
    ['a newer major version', '3.13.2 latest', '4.0.0 latest', 'major'],
    ['an older major version', '4.0.0 latest', '3.13.2 latest', 'back'],
    ['an older patch', '3.13.2 latest', '3.13.1 latest', 'back'],
    ['a pre-release of what was released', '3.13.2 latest', '3.13.2-rc.1 latest', 'back'],
    ['a version told less exactly', '3.13.2 latest', '3.13 latest', undefined],
    ['no version', '3.13.2 latest', 'trixie latest', undefined],
    ['a version after none', 'trixie latest', '3.13.2 latest', undefined],
    ['a day, which is no version', '20260101 latest', '20270101 latest', undefined],
    ['Java, whose updates are no majors', '8u462-jdk jdk', '8u472-jdk jdk', undefined],
    ['one of the majors that it had', '17 21 latest', '21 latest', undefined],
  ] as const)('%s: from %j to %j', (_, old, young, expected) => {
    const kept = locked('kept', '0.1');
    const before = debian(locked('a', old), kept);
    const after = debian(locked('b', young), kept);
    const steps = find(before, after).filter(({ kind }) => kind === 'major' || kind === 'back');
    expect(kinds(steps)).toEqual(expected === undefined ? [] : [expected]);
  });

  test('no tag that names a version itself', () => {
    const before = debian(locked('a', '12.12 12'));
    expect(find(before, debian(locked('b', '13.3 12'), locked('a', '12.12')))).toEqual([]);
  });

  test('an image of which nothing is left, and not at its removals too', () => {
    const before = lockfile(lockedImage('centos', locked('c', '7 latest')), lockedImage('debian', locked('d', '13')));
    expect(find(before, debian(locked('d', '13')))).toEqual([{ kind: 'gone', image: 'centos', removed: 2 }]);
    const onlyPending = lockfile(lockedImage('centos', pending('8')), lockedImage('debian', locked('d', '13')));
    expect(kinds(find(before, onlyPending))).toEqual(['gone', 'pending']);
  });

  test.each([
    [20, 11, 0, false],
    [20, 10, 0, true],
    [20, 9, 0, true],
    [4, 2, 0, false],
    [4, 1, 0, true],
    [100, 91, 0, false],
    [100, 90, 0, true],
    [100, 0, 100, false],
  ])('many removals: of %i tags %i stay and %i are new: %s', (count, stay, fresh, isMany) => {
    const some = (word: string, length: number) =>
      length === 0 ? [] : [locked(word, Array.from({ length }, (_, index) => `${word}${index}`).join(' '))];
    const base = locked('base', '1');
    const found = find(
      debian(base, ...some('x', count - 1)),
      debian(base, ...some('x', Math.max(stay - 1, 0)), ...some('y', fresh)),
    );
    expect(kinds(found).includes('many-removed')).toBe(isMany);
  });

  test('no removals where releases replaced what left', () => {
    const many = (word: string, suffixes: number) =>
      Array.from({ length: suffixes }, (_, index) => `${word}-s${index}`).join(' ');
    const [before, after] = [
      debian(locked('a', `${many('26-ea-33', 30)} ${many('26-ea', 30)} 26-ea-33-x 26-rc-x`), locked('base', '1')),
      debian(locked('b', `${many('26-rc', 30)} 26-rc-x`), locked('base', '1')),
    ];
    expect(find(before, after)).toEqual([]);
  });

  test('platforms lost, where both lockfiles know them', () => {
    const group = (name: string, platforms?: readonly string[]) => {
      const line = '13 latest';
      return debian(platforms === undefined ? locked(name, line) : rewritten(line, kept(name, ...platforms)));
    };
    const all = ['linux/amd64', 'linux/386'];
    expect(find(group('a', all), group('b', ['linux/amd64']))).toEqual([
      { kind: 'platforms', image: 'debian', tags: ['13', 'latest'], lost: ['linux/386'] },
    ]);
    expect(find(group('a', ['linux/amd64']), group('b', all))).toEqual([]);
    expect(find(group('a', all), group('b'))).toEqual([]);
    expect(find(group('a'), group('b', all))).toEqual([]);
  });

  test('tags that are pending now and were not before, and another upstream, which comes first', () => {
    const before = debian(pending('14'), locked('d', '13'));
    const after = debian(pending('14 14.0'), locked('d', '13'));
    const moved = { ...after, upstream: { ...after.upstream, repository: 'https://git.example/other.git' } };
    expect(find(before, after)).toEqual([{ kind: 'pending', image: 'debian', tags: ['14.0'], hasIndex: false }]);
    expect(kinds(find(before, moved))).toEqual(['upstream', 'pending']);
  });

  test('nothing where nothing differs, and nothing but what is pending in a first lockfile', () => {
    const lock = debian(pending('14'), locked('d', '13 latest'));
    expect(find(lock, lock)).toEqual([]);
    expect(kinds(find(undefined, lock))).toEqual(['pending']);
  });
});
