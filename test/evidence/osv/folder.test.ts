import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { comparePackages, packagesOf } from '../../../src/evidence/contents/packages.ts';
import { compareVulnerabilities } from '../../../src/evidence/osv/compare.ts';
import { openOsvFolder } from '../../../src/evidence/osv/folder.ts';
import { spdxDocument } from '../../support/images/upstream-image.ts';
import { findProgram } from '../../support/programs.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { zipOf } from '../../support/zip.ts';
import { changed, changesOf, recordOf } from './records.ts';

const { signal } = new AbortController();
const openssl = 'pkg:deb/debian/openssl';
const trixie = '?arch=amd64&distro=debian-13';

type Record = ReturnType<typeof recordOf>;

/** Writes databases as OSV publishes them: a zip file for each ecosystem, without its releases. */
function databaseOf(records: readonly Record[], form: 'zip' | 'json' = 'zip'): string {
  const folder = temporaryDirectory().path;
  for (const record of records) mkdirSync(join(folder, ecosystemOf(record)), { recursive: true });
  for (const ecosystem of new Set(records.map(ecosystemOf))) {
    const files = records
      .filter((record) => ecosystemOf(record) === ecosystem)
      .map((record) => ({ name: `${record.id}.json`, bytes: Buffer.from(JSON.stringify(record)) }));
    if (form === 'zip') writeFileSync(join(folder, ecosystem, 'all.zip'), zipOf(files));
    else for (const { name, bytes } of files) writeFileSync(join(folder, ecosystem, name), bytes);
  }
  return folder;
}

function ecosystemOf({ affected }: Record): string {
  return affected[0]?.package.ecosystem.split(':')[0] ?? '';
}

const records = [
  recordOf({
    id: 'DEBIAN-CVE-2026-0001',
    ecosystem: 'Debian:13',
    name: 'openssl',
    fixed: '3.5.2-1',
    level: 'high',
    more: { upstream: ['CVE-2026-0001'] },
  }),
  recordOf({
    id: 'DSA-1-1',
    ecosystem: 'Debian:13',
    name: 'openssl',
    fixed: '3.5.2-1',
    more: { upstream: ['CVE-2026-0001', 'CVE-2026-0002'] },
  }),
  recordOf({
    id: 'DEBIAN-CVE-2026-0003',
    ecosystem: 'Debian:13',
    name: 'openssl',
    introduced: '3.5.2-1',
    level: 'critical',
  }),
  recordOf({ id: 'DEBIAN-CVE-2026-0004', ecosystem: 'Debian:12', name: 'openssl', level: 'critical' }),
  recordOf({ id: 'DEBIAN-CVE-2026-0005', ecosystem: 'Debian:13', name: 'openssl', level: 'low' }),
  recordOf({ id: 'DEBIAN-CVE-2026-0006', ecosystem: 'Debian:13', name: 'zlib', fixed: '9', level: 'low' }),
  recordOf({
    id: 'DEBIAN-CVE-2026-0007',
    ecosystem: 'Debian:13',
    name: 'openssl',
    fixed: '3.5.2-1',
    more: { withdrawn: '2026-01-02T00:00:00Z' },
  }),
];
const upgrade = changesOf(changed(openssl, '3.5.1-1', '3.5.2-1', trixie));

test.each(['zip', 'json'] as const)(
  'the files of OSV in a folder say what is gone and what is new (%s)',
  async (form) => {
    const evidence = await compareVulnerabilities(upgrade, openOsvFolder(databaseOf(records, form)), {
      signal,
      failOn: 'critical',
    });
    expect(evidence).toMatchObject({
      state: 'answered',
      verdict: 'red',
      gone: [
        {
          id: 'CVE-2026-0001',
          severity: 'high',
          ids: ['CVE-2026-0001', 'DEBIAN-CVE-2026-0001', 'DSA-1-1'],
          packages: ['openssl'],
        },
        { id: 'CVE-2026-0002', severity: 'unknown' },
      ],
      fresh: [{ id: 'CVE-2026-0003', severity: 'critical', link: 'https://osv.dev/vulnerability/CVE-2026-0003' }],
      notCompared: [],
    });
  },
);

test('a binary package is asked for by its source and its version', async () => {
  const changes = changesOf(
    changed('pkg:deb/debian/libssl3t64', '3.5.1-1+b1', '3.5.2-1', '?upstream=openssl%403.5.1-1&distro=debian-13'),
  );
  const evidence = await compareVulnerabilities(changes, openOsvFolder(databaseOf(records)), { signal });
  // Both sides name the source 3.5.1-1, so nothing differs.
  expect(evidence).toMatchObject({ state: 'answered', gone: [], fresh: [], verdict: 'neutral' });
});

test('a source that stays in the image by another package is not asked for', async () => {
  const added = { ...changed(openssl, undefined, '3.5.2-1', trixie), toExisted: true as const };
  const removed = { ...changed(openssl, '3.5.1-1', undefined, trixie), fromRemains: true as const };
  const evidence = await compareVulnerabilities(changesOf(added, removed), openOsvFolder(databaseOf(records)), {
    signal,
  });
  expect(evidence).toMatchObject({ gone: [], fresh: [] });
});

test('what is not known of a package is said, and nothing is guessed', async () => {
  const folder = databaseOf([
    ...records,
    recordOf({ id: 'GHSA-aaaa-bbbb-cccc', ecosystem: 'Maven', name: 'org.a:b', fixed: '2' }),
    recordOf({ id: 'GHSA-dddd-eeee-ffff', ecosystem: 'Maven', name: 'org.a:c', fixed: '2', versions: ['1.0'] }),
  ]);
  const changes = changesOf(
    changed('pkg:maven/org.a/b', '1.0', '3.0'),
    changed('pkg:maven/org.a/c', '1.0', '3.0'),
    changed('pkg:npm/x', '1.0.0', '2.0.0'),
    changed('pkg:rpm/fedora/bash', '1', '2'),
    changed('pkg:generic/x', '1', '2'),
    changed('pkg:deb/debian/bash', '1', '2'),
    { ...changed('pkg:npm/y'), toPurl: 'pkg:npm/y' },
  );
  const evidence = await compareVulnerabilities(changes, openOsvFolder(folder), { signal });
  expect(evidence).toMatchObject({ state: 'answered', gone: [{ id: 'GHSA-dddd-eeee-ffff' }], fresh: [] });
  expect(evidence.state === 'answered' ? evidence.notCompared : []).toEqual(
    expect.arrayContaining([
      { what: 'rpm/fedora', why: 'no-ecosystem', packages: 2 },
      { what: 'generic', why: 'no-ecosystem', packages: 2 },
      { what: 'Debian without a release', why: 'no-ecosystem', packages: 2 },
      { what: 'npm', why: 'no-version', packages: 1 },
      { what: 'npm', why: 'no-data', packages: 2 },
      { what: 'Maven', why: 'no-comparer', packages: 3 },
    ]),
  );
});

describe('a folder that cannot be used', () => {
  const cases: readonly (readonly [string, (folder: string) => void, RegExp])[] = [
    ['an archive that is no zip', (folder) => writeFileSync(join(folder, 'Debian/all.zip'), '<html>'), /all\.zip/],
    [
      'an archive that is cut off',
      (folder) =>
        writeFileSync(
          join(folder, 'Debian/all.zip'),
          zipOf([{ name: 'a.json', bytes: Buffer.from('{}') }]).subarray(0, 50),
        ),
      /all\.zip/,
    ],
    [
      'a record that is no JSON',
      (folder) =>
        writeFileSync(
          join(folder, 'Debian/all.zip'),
          zipOf([{ name: 'a.json', bytes: Buffer.from('{"name": "openssl"') }]),
        ),
      /a\.json/,
    ],
    [
      'a record that lies of its size',
      (folder) =>
        writeFileSync(
          join(folder, 'Debian/all.zip'),
          zipOf([{ name: 'a.json', bytes: Buffer.alloc(1_000_000, 32), size: 10 }]),
        ),
      /a\.json/,
    ],
    [
      'a record of 60 MB',
      (folder) =>
        writeFileSync(join(folder, 'Debian/all.zip'), zipOf([{ name: 'a.json', bytes: Buffer.alloc(60_000_000, 32) }])),
      /larger/,
    ],
    [
      'an entry that leads out of the folder',
      (folder) =>
        writeFileSync(join(folder, 'Debian/all.zip'), zipOf([{ name: '../a.json', bytes: Buffer.from('{}') }])),
      /\.\.\/a\.json/,
    ],
  ];
  test.each(cases)('%s', async (_, write, value) => {
    const folder = temporaryDirectory().path;
    mkdirSync(join(folder, 'Debian'));
    write(folder);
    const evidence = await compareVulnerabilities(upgrade, openOsvFolder(folder), { signal, failOn: 'low' });
    expect(evidence).toMatchObject({
      state: 'unanswered',
      verdict: 'neutral',
      problem: { code: 'osv/folder', severity: 'warning', value: expect.stringMatching(value) },
    });
  });

  test('a folder that is not there', async () => {
    const evidence = await compareVulnerabilities(upgrade, openOsvFolder('/nonexistent/osv'), { signal });
    expect(evidence).toMatchObject({ state: 'unanswered', problem: { code: 'osv/folder', value: '/nonexistent/osv' } });
  });
});

test('an interrupt is no answer of OSV', async () => {
  const aborted = AbortSignal.abort(new Error('interrupted'));
  const asking = compareVulnerabilities(upgrade, openOsvFolder(databaseOf(records)), { signal: aborted });
  await expect(asking).rejects.toThrow('interrupted');
});

function scanner(): string | undefined {
  try {
    return findProgram('osv-scanner');
  } catch {
    return undefined;
  }
}

/** What osv-scanner finds in an SBOM by the same files, by the names of packages. */
function scanned(program: string, folder: string, packages: readonly string[]): Set<string> {
  const home = temporaryDirectory().path;
  const sbom = join(home, 'sbom.spdx.json');
  writeFileSync(sbom, JSON.stringify(spdxDocument({ name: 'x', packages })));
  const isFirst = String(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout).includes(' 1.');
  const offline = isFirst ? ['--experimental-offline', '--sbom', sbom] : ['--offline', '--lockfile', sbom];
  const env = { ...process.env, OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY: folder };
  const { stdout, stderr } = spawnSync(program, ['scan', '--format', 'json', ...offline], { env, encoding: 'utf8' });
  if (stdout.trim() === '') throw new Error(`osv-scanner said nothing on stdout: ${stderr}`);
  const { results } = JSON.parse(stdout) as ScannerReport;
  return new Set(
    (results ?? []).flatMap((result) => result.packages.flatMap((one) => one.vulnerabilities.map(({ id }) => id))),
  );
}

interface ScannerReport {
  readonly results?: readonly {
    readonly packages: readonly { readonly vulnerabilities: readonly { readonly id: string }[] }[];
  }[];
}

const program = scanner();
test.skipIf(program === undefined)(
  `osv-scanner finds the same in the same SBOMs by the same files${program === undefined ? ' (osv-scanner is not on the PATH)' : ''}`,
  async () => {
    const own = [
      recordOf({ id: 'CVE-2026-1001', ecosystem: 'Debian:13', name: 'openssl', fixed: '3.5.2-1~deb13u1' }),
      recordOf({ id: 'CVE-2026-1002', ecosystem: 'Debian:13', name: 'openssl', introduced: '3.5.2~rc1-1' }),
      recordOf({ id: 'CVE-2026-1003', ecosystem: 'Debian:13', name: 'openssl' }),
      recordOf({ id: 'CVE-2026-1004', ecosystem: 'Debian:13', name: 'zlib', fixed: '1:1.3.dfsg-3' }),
      recordOf({ id: 'CVE-2026-1005', ecosystem: 'Alpine:v3.24', name: 'busybox', fixed: '1.37.0-r10' }),
      recordOf({ id: 'CVE-2026-1006', ecosystem: 'Alpine:v3.24', name: 'busybox', introduced: '1.37.0_p1-r0' }),
      recordOf({ id: 'PYSEC-2026-1', ecosystem: 'PyPI', name: 'jinja2', fixed: '3.1.6.post1' }),
      recordOf({ id: 'PYSEC-2026-2', ecosystem: 'PyPI', name: 'jinja2', introduced: '3.1.5rc1', fixed: '3.1.5' }),
      recordOf({ id: 'GHSA-1111-2222-3333', ecosystem: 'npm', name: '@scope/pack', fixed: '2.0.0-rc.2' }),
      recordOf({
        id: 'GHSA-1111-2222-4444',
        ecosystem: 'npm',
        name: '@scope/pack',
        versions: ['2.0.0-rc.1'],
        introduced: '3.0.0',
      }),
      recordOf({ id: 'GO-2026-0001', ecosystem: 'Go', name: 'stdlib', introduced: '1.26.0-0', fixed: '1.26.7' }),
      recordOf({ id: 'GO-2026-0002', ecosystem: 'Go', name: 'github.com/a/b', fixed: '1.2.0' }),
    ];
    const folder = databaseOf(own);
    const cache = temporaryDirectory().path;
    mkdirSync(join(cache, 'osv-scanner'));
    for (const ecosystem of new Set(own.map(ecosystemOf))) {
      mkdirSync(join(cache, 'osv-scanner', ecosystem));
      const files = own.filter((one) => ecosystemOf(one) === ecosystem);
      const zip = zipOf(files.map((one) => ({ name: `${one.id}.json`, bytes: Buffer.from(JSON.stringify(one)) })));
      writeFileSync(join(cache, 'osv-scanner', ecosystem, 'all.zip'), zip);
    }
    const before = [
      `${openssl}@3.5.1-1${trixie}`,
      `pkg:deb/debian/zlib@1:1.3.dfsg-2${trixie}`,
      'pkg:apk/alpine/busybox@1.37.0-r9?distro=alpine-3.24.1',
      'pkg:pypi/jinja2@3.1.5rc1',
      'pkg:npm/%40scope/pack@2.0.0-rc.1',
      'pkg:golang/stdlib@1.26.6',
      'pkg:golang/github.com/a/b@v1.1.9',
    ];
    const after = [
      `${openssl}@3.5.2-1${trixie}`,
      `pkg:deb/debian/zlib@1:1.3.dfsg-3${trixie}`,
      'pkg:apk/alpine/busybox@1.37.0_p1-r0?distro=alpine-3.24.1',
      'pkg:pypi/jinja2@3.1.6',
      'pkg:npm/%40scope/pack@2.0.0-rc.2',
      'pkg:golang/stdlib@1.26.7',
      'pkg:golang/github.com/a/b@v1.2.0',
    ];
    const [from, to] = [before, after].map((packages) => packagesOf(spdxDocument({ name: 'x', packages })));
    if (from === undefined || to === undefined || 'fault' in from || 'fault' in to) throw new Error('they are SPDX');
    const changes = comparePackages(from.packages, to.packages);
    const evidence = await compareVulnerabilities(changes, openOsvFolder(folder), { signal });
    if (evidence.state !== 'answered') throw new Error(evidence.problem.message);
    const [old, now] = [before, after].map((packages) => scanned(program ?? '', cache, packages)) as [
      Set<string>,
      Set<string>,
    ];
    expect(evidence.gone.map(({ id }) => id).sort()).toEqual([...old].filter((id) => !now.has(id)).sort());
    expect(evidence.fresh.map(({ id }) => id).sort()).toEqual([...now].filter((id) => !old.has(id)).sort());
    expect(evidence.gone.length).toBeGreaterThan(5);
    expect(evidence.fresh.length).toBeGreaterThan(1);
  },
);
