import { describe, expect, test } from 'vitest';
import { titleOf } from '../../src/changes/words.ts';
import { diffLockfiles } from '../../src/diff/diff.ts';
import type { ImageDiff } from '../../src/diff/types.ts';
import type { LockEntry } from '../../src/lock/types.ts';
import { locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';

/** Groups of an image, a line each: the name of the digest, then its tags. */
function image(...groups: readonly (string | LockEntry)[]) {
  const entries = groups.map((group) => {
    if (typeof group !== 'string') return group;
    const [name = '', ...tags] = group.split(' ');
    return locked(name, tags.join(' '));
  });
  return lockfile(lockedImage('x', ...entries));
}

/** What happened in words, a line each. */
function told(before: ReturnType<typeof image>, after: ReturnType<typeof image>): string[] {
  const [diff] = diffLockfiles(before, after).images;
  return diff === undefined ? [] : lines(diff);
}

function lines({ releases, rebuilt, moved, added, ended, floating, removed }: ImageDiff): string[] {
  const names = (own: readonly { readonly tag: string }[]) => own.map(({ tag }) => tag).join(' ');
  const some = (word: string, own: readonly { readonly tag: string }[]) =>
    own.length === 0 ? [] : [`${word} ${names(own)}`];
  return [
    ...ended.map(({ series, tags }) => `ended ${series}: ${names(tags)}`),
    ...some('floating', floating),
    ...releases.map(
      ({ version, tags, added: fresh, replaced }) =>
        `release ${version.from} > ${version.to}: ${tags.join(' ')} +${fresh.join(' ')} -${names(replaced)}`,
    ),
    ...rebuilt.map(({ tags }) => `rebuilt ${tags.join(' ')}`),
    ...some('moved', moved),
    ...some('added', added),
    ...some('removed', removed),
  ];
}

describe('a version that replaces another is a release', () => {
  test.each([
    ['golang', 'a 1.26.6 1.26 1 latest', 'b 1.26.7 1.26 1 latest', '1.26.6 > 1.26.7: 1.26 1 latest +1.26.7 -1.26.6'],
    [
      'amazonlinux, a floating tag first',
      'a 2023 latest 2023.8.20260803.0',
      'b 2023 latest 2023.8.20260817.1',
      '2023.8.20260803.0 > 2023.8.20260817.1: 2023 latest +2023.8.20260817.1 -2023.8.20260803.0',
    ],
    [
      'archlinux, named after days',
      'a latest base base-20260802.0.1',
      'b latest base base-20260809.0.2',
      '20260802.0.1 > 20260809.0.2: latest base +base-20260809.0.2 -base-20260802.0.1',
    ],
    [
      'amazoncorretto, with updates of Java',
      'a 8 8u492 8u492-al2 latest',
      'b 8 8u502 8u502-al2 latest',
      '8u492 > 8u502: 8 latest +8u502 8u502-al2 -8u492 8u492-al2',
    ],
    [
      'sapmachine',
      'a 25-jdk-ubuntu 25-jdk 25.0.1-jdk 25.0.1',
      'b 25-jdk-ubuntu 25-jdk 25.0.2-jdk 25.0.2',
      '25.0.1 > 25.0.2: 25-jdk-ubuntu 25-jdk +25.0.2-jdk 25.0.2 -25.0.1-jdk 25.0.1',
    ],
    [
      'debian, of the same version and another day',
      'a trixie trixie-20260811 13.6 13',
      'b trixie trixie-20260825 13.6 13',
      '20260811 > 20260825: trixie 13.6 13 +trixie-20260825 -trixie-20260811',
    ],
    ['ubuntu, as it writes its versions', 'a 24.04 latest', 'b 26.04 latest', '24.04 > 26.04: latest +26.04 -'],
    [
      'node, whose minor versions follow one another',
      'a 24.5.0 24.5 24',
      'b 24.6.0 24.6 24',
      '24.5.0 > 24.6.0: 24 +24.6.0 24.6 -24.5.0 24.5',
    ],
    [
      'ubuntu, whose days are numbered at times',
      'a 22.04 jammy-20260731.1 jammy',
      'b 22.04 jammy-20260811 jammy',
      '20260731.1 > 20260811: 22.04 jammy +jammy-20260811 -jammy-20260731.1',
    ],
    [
      'ubuntu, the other way round',
      'a 22.04 jammy-20260731 jammy',
      'b 22.04 jammy-20260811.1 jammy',
      '20260731 > 20260811.1: 22.04 jammy +jammy-20260811.1 -jammy-20260731',
    ],
    [
      'sapmachine, which adds a number for a security release',
      'a 26-jre 26.0.2-jre',
      'b 26-jre 26.0.2.1-jre',
      '26.0.2 > 26.0.2.1: 26-jre +26.0.2.1-jre -26.0.2-jre',
    ],
    [
      'sapmachine, of which only the first release is named by one number',
      'a 25-jdk 25 latest',
      'b 25-jdk 25.0.1-jdk 25 25.0.1 latest',
      '25 > 25.0.1: 25-jdk 25 latest +25.0.1-jdk 25.0.1 -',
    ],
    [
      'eclipse-temurin, of another build',
      'a 21-jdk 21.0.8_9-jdk',
      'b 21-jdk 21.0.8_10-jdk',
      '21.0.8_9 > 21.0.8_10: 21-jdk +21.0.8_10-jdk -21.0.8_9-jdk',
    ],
    [
      'eclipse-temurin, of which the first release is named by one number and its build',
      'a 25-jdk 25_36-jdk',
      'b 25-jdk 25.0.1_8-jdk',
      '25 > 25.0.1: 25-jdk +25.0.1_8-jdk -25_36-jdk',
    ],
    [
      'azul-zulu, whose version stands behind that of the distribution',
      'a 8.96-8.0.502-jdk-almalinux10 8-jdk',
      'b 8.96-8.0.504-jdk-almalinux10 8-jdk',
      '8.0.502 > 8.0.504: 8-jdk +8.96-8.0.504-jdk-almalinux10 -8.96-8.0.502-jdk-almalinux10',
    ],
    ['only full versions, which no tag goes between', 'a 1.26.6', 'b 1.26.7', '1.26.6 > 1.26.7:  +1.26.7 -1.26.6'],
    ['a pre-release', 'a 3.15.0a8 3.15-rc', 'b 3.15.0b1 3.15-rc', '3.15.0a8 > 3.15.0b1: 3.15-rc +3.15.0b1 -3.15.0a8'],
  ])('of %s', (_, before, after, expected) => {
    const releases = told(image(before), image(after)).filter((line) => line.startsWith('release'));
    expect(releases).toEqual([`release ${expected}`]);
  });

  test('also where the old group stays, and of two that could follow one is the nearest', () => {
    expect(told(image('a 1.26.6 1.26 1 latest'), image('a 1.26.6 1.26', 'b 1.27.0 1.27 1 latest'))).toEqual([
      'release 1.26.6 > 1.27.0: 1 latest +1.27.0 1.27 -',
    ]);
    expect(told(image('a 1.26.6', 'b 1.25.9'), image('c 1.26.7'))).toEqual([
      'ended 1.25: 1.25.9',
      'release 1.26.6 > 1.26.7:  +1.26.7 -1.26.6',
    ]);
  });

  test('and a pre-release that is released is replaced; none follows a release', () => {
    const before = image('a 1.26.6 1.26 1', 'r 1.27rc2 1.27-rc');
    expect(told(before, image('a 1.26.6 1.26', 'b 1.27.0 1.27 1'))).toEqual([
      'release 1.26.6 > 1.27.0: 1 +1.27.0 1.27 -1.27rc2 1.27-rc',
    ]);
    expect(told(image('a 1.11.7 1.11', 'b 1.12.0'), image('c 1.13.0-alpha2', 'b 1.12.0'))).toEqual([
      'ended 1.11: 1.11.7 1.11',
      'added 1.13.0-alpha2',
    ]);
  });

  test('and the tags of a pre-release go with it, those without a full version too', () => {
    const before = image('a 8.4.11-cli 8.4-cli', 'r 8.4.12RC1-cli 8.4-rc-cli 8.4-rc', 's 8.5.0RC1 8.5-rc');
    expect(told(before, image('b 8.4.12-cli 8.4-cli', 's 8.5.0RC1 8.5-rc'))).toEqual([
      'release 8.4.11 > 8.4.12: 8.4-cli +8.4.12-cli -8.4.11-cli 8.4.12RC1-cli 8.4-rc-cli 8.4-rc',
    ]);
    expect(told(before, image('a 8.4.11-cli 8.4-cli', 's 8.5.0RC1 8.5-rc'))).toEqual([
      'removed 8.4.12RC1-cli 8.4-rc-cli 8.4-rc',
    ]);
  });

  test('not where rules name more or fewer tags of the same version', () => {
    expect(told(image('a 1.27 latest'), image('b 1.27.0 1.27 latest'))).toEqual(['moved 1.27 latest', 'added 1.27.0']);
  });
});

describe('rebuilt', () => {
  test('is only a group whose set of tags is the same, in any order', () => {
    expect(told(image('a 1.26.6 1.26 1'), image('b 1 1.26.6 1.26'))).toEqual(['rebuilt 1 1.26.6 1.26']);
    expect(told(image('a 13 latest'), image('b 13', 'c 14 latest'))).toEqual([
      'release 13 > 14: latest +14 -',
      'moved 13',
    ]);
    expect(told(image('a latest 1', 'b 2'), image('a 1', 'b 2 latest'))).toEqual(['moved latest']);
  });
});

describe('what leaves', () => {
  const golang = (...more: readonly string[]) =>
    image('a 1.26.6 1.26 1 latest', 'b 1.26.6-alpine 1.26-alpine', ...more);

  test('is a series that has ended, with the tags beside it', () => {
    expect(told(golang('c 1.25.14 1.25', 'd 1.25.14-alpine 1.25-alpine'), golang())).toEqual([
      'ended 1.25: 1.25.14 1.25 1.25.14-alpine 1.25-alpine',
    ]);
    expect(told(image('a 13 latest', 'b 11 11.11 bullseye'), image('a 13 latest'))).toEqual([
      'ended 11: 11 11.11 bullseye',
    ]);
  });

  test('is a series that has ended also where its floating tags go on, if there was one beside it', () => {
    const after = image('c 1.26.0 1.26 1 latest', 'b 1.24.9 1.24');
    expect(told(image('a 1.25.9 1.25 1 latest', 'b 1.24.9 1.24'), after)).toEqual([
      'ended 1.25: 1.25.9 1.25',
      'release 1.25.9 > 1.26.0: 1 latest +1.26.0 1.26 -',
    ]);
    expect(told(image('a 8.0.1 8.0 8 latest'), image('b 9.0.0 9.0 9 latest'))[0]).toBe('ended 8: 8.0.1 8.0 8');
  });

  test('is no series that has ended where the last groups of a version come to the next one', () => {
    expect(
      told(image('a 18.4 trixie', 'b 18.6-alpine 18-alpine'), image('c 18.6 trixie', 'b 18.6-alpine 18-alpine')),
    ).toEqual(['release 18.4 > 18.6: trixie +18.6 -18.4']);
    const java = (...groups: readonly (string | LockEntry)[]) => image('d 8u502-b07-jdk 8-jdk', ...groups);
    expect(told(java('a 8u492-b09-jre 8-jre'), java('a 8-jre', pending('8u502-b07-jre 8-jre')))).toEqual([]);
    expect(told(image('a 24.10 rolling', 'b 24.04 latest'), image('c 25.04 rolling', 'b 24.04 latest'))[0]).toBe(
      'ended 24.10: 24.10',
    );
  });

  test('is no series that has ended while a tag of it is pending, or of a pre-release', () => {
    expect(told(image('a 1.27.0', 'b 1.26.6'), image(pending('1.27.1 1.27'), 'b 1.26.6'))).toEqual([]);
    expect(told(image('a 29-rc 29.0-rc', 'b 28.5.1'), image('b 28.5.1'))).toEqual(['removed 29-rc 29.0-rc']);
  });

  test('is no series that has ended while pre-releases of it go on', () => {
    expect(told(image('a 26-ea-21-jdk 26-ea', 'b 26-jdk 26', 'c 25'), image('d 26-ea-22-jdk 26-ea', 'c 25'))).toEqual([
      'floating 26-jdk 26',
      'release 26-ea-21 > 26-ea-22: 26-ea +26-ea-22-jdk -26-ea-21-jdk',
    ]);
  });

  test('is one series where its groups have two names', () => {
    const before = image('a 2023 latest', 'b 2018.03.0.20231218.0 2018.03 1', 'c 2017.1 0.9', 'd 2017.2 0.8');
    expect(told(before, image('a 2023 latest'))).toEqual([
      'ended 2018: 2018.03.0.20231218.0 2018.03 1',
      'ended 2017: 2017.1 2017.2 0.9 0.8',
    ]);
    expect(told(image('a 11', 'b 10', 'c 2023.1 8.0', 'd 2023.2 9.0'), image('a 11', 'b 10'))).toEqual([
      'ended 2023: 2023.1 2023.2 8.0 9.0',
    ]);
  });

  test('is a floating tag: of no version, or of a variant', () => {
    expect(told(image('a 3.23.4', 'e 20260701 edge'), image('a 3.23.4'))).toEqual([
      'floating edge',
      'removed 20260701',
    ]);
    expect(told(golang('v 1.26.6-alpine3.22 1.26-alpine3.22 alpine3.22'), golang())).toEqual([
      'floating 1.26-alpine3.22 alpine3.22',
      'removed 1.26.6-alpine3.22',
    ]);
    expect(told(image('a 1.0', 'p psmdb-8.0.20 psmdb-8'), image('a 1.0'))).toEqual([
      'floating psmdb-8',
      'removed psmdb-8.0.20',
    ]);
  });

  test('is removed with an image of which nothing is left', () => {
    expect(told(image('a 1.26.6 1.26 latest'), lockfile())).toEqual(['removed 1.26.6 1.26 latest']);
  });
});

describe('the title', () => {
  test('has versions, and what matters first', () => {
    const before = image('a 1.26.6 1.26 1', 'b 1.25.13 1.25', 'c 1.24.9 1.24', 'd slim');
    const after = image('e 1.26.7 1.26 1', 'f 1.25.14 1.25', 'g slim');
    expect(titleOf(diffLockfiles(before, after))).toBe('x 1.24 ended; x 1.26.7 and 1.25.14; 1 group rebuilt');
    const byRules = { ...after, configHash: 'sha256:other' };
    expect(titleOf(diffLockfiles(before, byRules))).toMatch(/^x 1\.24 left;/);
  });

  test('names images with the most releases first, those of pre-releases last, and rather names than counts', () => {
    const images = (build: number) =>
      lockfile(
        ...['adminer', 'golang', 'openjdk', 'zig'].map((name, index) =>
          lockedImage(
            name,
            ...Array.from({ length: index + 1 }, (_, group) =>
              name === 'openjdk'
                ? locked(`${name}${group}${build}`, `27-ea-${build}-s${group}`)
                : locked(`${name}${group}${build}`, `2.${index}.${build}-s${group} s${group}`),
            ),
            locked(`other ${name} ${build}`, 'other'),
            ...(build === 2 ? [locked(`new ${name}`, 'new')] : []),
          ),
        ),
      );
    const diff = diffLockfiles(images(1), images(2));
    expect(titleOf(diff)).toBe(
      'zig 2.3.2, golang 2.1.2, adminer 2.0.2 and 1 more image; 4 tags added, 4 groups rebuilt',
    );
    const plain = { show: (name: string) => name, isFit: () => true };
    expect(titleOf(diff, { ...plain, longest: 80 })).toBe(
      'zig 2.3.2, golang 2.1.2, adminer 2.0.2 and 1 more image; 4 groups rebuilt',
    );
  });
});
