import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePurl } from '../../../src/evidence/contents/purl.ts';
import { isAffected } from '../../../src/evidence/osv/affected.ts';
import { osvPackage } from '../../../src/evidence/osv/packages.ts';
import { readRecord, vectorSeverity } from '../../../src/evidence/osv/record.ts';
import { comparerOf } from '../../../src/evidence/osv/versions.ts';
import { recordOf, vectors } from './records.ts';

const order = (ecosystem: string, a: string, b: string) => Math.sign(comparerOf(ecosystem)?.(a, b) ?? Number.NaN);

/** Each is older than the next. */
const ascending: Readonly<Record<string, readonly string[]>> = {
  Debian: [
    '1.0~rc1-1',
    '1.0~rc1-1+b1',
    '1.0-1~deb12u1',
    '1.0-1',
    '1.0-1+deb13u1',
    '1.0-2',
    '1.0a-1',
    '1.0+dfsg-1',
    '1.0.1-1',
    '1:0.1',
    '2:0',
  ],
  Alpine: [
    '1.2_alpha1',
    '1.2_beta',
    '1.2_rc2',
    '1.2',
    '1.2-r1',
    '1.2-r10',
    '1.2_git20200101',
    '1.2_p1',
    '1.2a',
    '1.2.0',
    '1.10',
    '10.0',
  ],
  PyPI: ['1.0.dev1', '1.0a1', '1.0rc1', '1.0', '1.0.post1', '1.1', '1!0.1'],
  npm: ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-rc.2', '1.0.0-rc.10', '1.0.0', '1.0.1', '1.10.0'],
  Go: ['1.26.0-0', '1.26.0', 'v1.26.1', '1.26.10', '1.27.0-20260101000000-abcdef123456', '1.27', '2'],
  AlmaLinux: [
    '1.0~rc1-1',
    '1.0-1',
    '1.0-1.el9',
    '1.0-1.el9_2',
    '1.0-2.el9',
    '1.0^git1-1',
    '1.0.1-1',
    '1.10-1',
    '1:0.1-1',
  ],
};

test.each(Object.entries(ascending))('versions of %s are in their order', (ecosystem, versions) => {
  for (const [at, one] of versions.entries())
    for (const [other, two] of versions.entries())
      expect([one, two, order(ecosystem, one, two)]).toEqual([one, two, Math.sign(at - other)]);
});

test('versions that are written in two ways are equal', () => {
  expect(order('Debian', '0:1.0-0', '1.0')).toBe(0);
  expect(order('Debian', '1.001-1', '1.1-01')).toBe(0);
  expect(order('Alpine', '1.2-r0', '1.2')).toBe(0);
  expect(order('npm', '1.2', '1.2.0+build')).toBe(0);
  expect(order('PyPI', '1.0', '1.0.0')).toBe(0);
});

test('what is not a version is not compared', () => {
  for (const ecosystem of Object.keys(ascending))
    for (const text of ['', ' ', '[x]', '<b>', '1 0']) expect(comparerOf(ecosystem)?.(text, '1.0')).toBeUndefined();
  expect(comparerOf('Maven')).toBeUndefined();
});

test('every order is one: two versions swapped compare the other way round', () => {
  const version = fc
    .string({ unit: fc.constantFrom(...'0129.~+-:_abrp^'), minLength: 1, maxLength: 8 })
    .map((text) => `1${text}`);
  fc.assert(
    fc.property(version, version, fc.constantFrom(...Object.keys(ascending)), (a, b, ecosystem) => {
      const compare = comparerOf(ecosystem);
      expect(Math.sign(compare?.(a, b) ?? 0) + Math.sign(compare?.(b, a) ?? 0)).toBe(0);
      expect(compare?.(a, a) ?? 0).toBe(0);
    }),
  );
});

const dpkg = ['/usr/bin/dpkg'].find((path) => existsSync(path));
test.skipIf(dpkg === undefined)(
  `Debian's versions compare as dpkg has them${dpkg ? '' : ' (dpkg is not installed)'}`,
  () => {
    const part = fc.string({ unit: fc.constantFrom(...'0019.~+ab'), maxLength: 6 });
    const version = fc
      .tuple(fc.option(fc.nat(2)), part, fc.option(part))
      .map(
        ([epoch, upstream, revision]) =>
          `${epoch === null ? '' : `${epoch}:`}1${upstream}${revision ? `-${revision}` : ''}`,
      );
    fc.assert(
      fc.property(version, version, (a, b) => {
        const says = (operator: string) => spawnSync(dpkg ?? '', ['--compare-versions', a, operator, b]).status === 0;
        expect([a, b, order('Debian', a, b)]).toEqual([a, b, says('lt') ? -1 : says('gt') ? 1 : 0]);
      }),
      { numRuns: 60 },
    );
  },
);

describe('the name of a package in OSV', () => {
  const named = (text: string) => {
    const url = parsePurl(text);
    return url && osvPackage(url);
  };
  test.each([
    ['pkg:deb/debian/libssl3@3.0-1?upstream=openssl&distro=debian-12', 'Debian:12', 'openssl', '3.0-1'],
    [
      'pkg:deb/debian/gcc-12-base@12.2.0-14?upstream=gcc-12%4012.2.0-13&distro=debian-12.5',
      'Debian:12',
      'gcc-12',
      '12.2.0-13',
    ],
    ['pkg:deb/debian/bash@5?os_name=debian&os_version=13&os_distro=trixie', 'Debian:13', 'bash', '5'],
    ['pkg:deb/debian/bash@5?distro=trixie', 'Debian:13', 'bash', '5'],
    ['pkg:deb/ubuntu/bash@5?distro=ubuntu-24.04', 'Ubuntu:24.04:LTS', 'bash', '5'],
    ['pkg:deb/ubuntu/bash@5?distro=ubuntu-25.10', 'Ubuntu:25.10', 'bash', '5'],
    ['pkg:deb/ubuntu/bash@5?distro=ubuntu-25.04', 'Ubuntu:25.04', 'bash', '5'],
    ['pkg:apk/alpine/libcrypto3@3.5-r0?upstream=openssl&distro=alpine-3.24.1', 'Alpine:v3.24', 'openssl', '3.5-r0'],
    [
      'pkg:rpm/almalinux/bash@5-1.el9?epoch=1&upstream=bash-5-1.el9.src.rpm&distro=almalinux-9.6',
      'AlmaLinux:9',
      'bash',
      '1:5-1.el9',
    ],
    ['pkg:rpm/rocky/bash@5-1.el9?distro=rocky-9.6', 'Rocky Linux:9', 'bash', '5-1.el9'],
    ['pkg:maven/org.a/b@1', 'Maven', 'org.a:b', '1'],
    ['pkg:npm/%40scope/x@1', 'npm', '@scope/x', '1'],
    ['pkg:golang/github.com/a/b@v1.2', 'Go', 'github.com/a/b', '1.2'],
    ['pkg:golang/stdlib@1.26.7', 'Go', 'stdlib', '1.26.7'],
    ['pkg:composer/a/b@1', 'Packagist', 'a/b', '1'],
    ['pkg:pypi/Foo_Bar@1', 'PyPI', 'foo-bar', '1'],
    ['pkg:cargo/x@1', 'crates.io', 'x', '1'],
  ])('%s', (purl, ecosystem, name, version) => {
    expect(named(purl)).toEqual({ ecosystem, name, version });
  });

  test('is missing where OSV has none, and why', () => {
    expect(named('pkg:rpm/fedora/bash@1')).toEqual({ missing: 'no-ecosystem', what: 'rpm/fedora' });
    expect(named('pkg:toString/x@1')).toEqual({ missing: 'no-ecosystem', what: 'tostring' });
    expect(named('pkg:deb/debian/x@1?distro=sid')).toMatchObject({ missing: 'no-ecosystem' });
    expect(named('pkg:npm/x')).toEqual({ missing: 'no-version', what: 'npm' });
  });
});

describe('whether a record is about a version', () => {
  const asked = (version: string, ecosystem = 'Debian:13') => ({ ecosystem, name: 'x', version });
  const affected = (events: readonly object[], version: string, ecosystem = 'Debian:13') => {
    const record = readRecord({
      id: 'A-1',
      affected: [{ package: { ecosystem, name: 'x' }, ranges: [{ type: 'ECOSYSTEM', events }] }],
    });
    return record && isAffected(record, asked(version, ecosystem));
  };

  test('follows its events, in any order', () => {
    const events = [{ fixed: '4' }, { introduced: '3' }, { fixed: '2' }, { introduced: '1' }];
    const found = ['0.9', '1', '1.9', '2', '2.5', '3', '3.9~', '4', '9'].map((version) => affected(events, version));
    expect(found).toEqual([false, true, true, false, false, true, true, false, false]);
    expect(affected([{ introduced: '0' }, { last_affected: '2' }], '2')).toBe(true);
    expect(affected([{ introduced: '0' }, { last_affected: '2' }], '2.1')).toBe(false);
    expect(affected([{ introduced: '0' }, { limit: '2' }], '2')).toBe(false);
    expect(affected([{ introduced: '0' }, { limit: '*' }], '2')).toBe(true);
    expect(affected([], '2')).toBe(false);
  });

  test('is not known where an event is no version', () => {
    expect(affected([{ introduced: '0' }, { fixed: '<b>' }], '2')).toBe('unknown');
    expect(affected([{ introduced: '0' }, { fixed: '3' }], '1', 'Maven')).toBe('unknown');
    expect(affected([{ introduced: '0' }], '1', 'Maven')).toBe('unknown');
  });

  test('names of another release, ecosystem or package are not it', () => {
    const of = (spec: Partial<Parameters<typeof recordOf>[0]>) => {
      const record = readRecord(recordOf({ id: 'A-1', ecosystem: 'Debian:13', name: 'x', ...spec }));
      return record && isAffected(record, asked('1'));
    };
    expect([of({}), of({ ecosystem: 'Debian' }), of({ ecosystem: 'Debian:12' }), of({ name: 'y' })]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(of({ ecosystem: 'Ubuntu' })).toBe(false);
  });

  test('no record makes it fail', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (one, other) => {
        const json = {
          id: 'A-1',
          aliases: one,
          affected: [{ package: { ecosystem: 'Debian:13', name: 'x' }, ranges: other, versions: one }, one],
          severity: [other, { type: 'CVSS_V3', score: one }],
        };
        const record = readRecord(json);
        expect([true, false, 'unknown']).toContain(record && isAffected(record, asked('1')));
      }),
    );
  });
});

test('severities are those of CVSS, or the word of a database', () => {
  for (const [level, vector] of Object.entries(vectors)) expect(vectorSeverity(vector)).toBe(level);
  expect(vectorSeverity('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N')).toBe('critical');
  expect(vectorSeverity('AV:N/AC:L/Au:N/C:P/I:P/A:P')).toBe('high');
  for (const wrong of [
    '',
    'x',
    'CVSS:3.1/AV:Q',
    '9.8',
    'CVSS:9.9/AV:N',
    'CVSS:3.1/__proto__:x',
    `CVSS:3.1/${'AV:N/'.repeat(1000)}`,
  ])
    expect(vectorSeverity(wrong)).toBe('unknown');
  const severity = (more: object) => readRecord({ id: 'A-1', ...more })?.severity;
  expect(
    severity({
      severity: [
        { type: 'CVSS_V3', score: vectors.low },
        { type: 'CVSS_V4', score: 'x' },
      ],
    }),
  ).toBe('low');
  expect(severity({ severity: [{ type: 'Ubuntu', score: 'medium' }] })).toBe('medium');
  expect(severity({ database_specific: { severity: 'MODERATE' } })).toBe('medium');
  expect(severity({ affected: [{ ecosystem_specific: { urgency: 'unimportant' } }] })).toBe('low');
  expect(severity({ severity: 'x', database_specific: 1, affected: {} })).toBe('unknown');
});
