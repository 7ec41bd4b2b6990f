import { describe, expect, it } from 'vitest';
import { parseDigest, parseImageName } from '../../src/core/names.ts';
import { compareBuilds, readBuilds } from '../../src/evidence/builds.ts';
import type { ChildBuild, SourceEvidence } from '../../src/evidence/types.ts';

const image = parseImageName('golang');
const digestOf = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`);
const index = digestOf('0');
const oci = 'org.opencontainers.image';
const commit = 'c'.repeat(40);
const good = {
  [`${oci}.source`]: `https://github.com/docker-library/golang.git#${commit}:1.27/trixie`,
  [`${oci}.revision`]: commit,
  [`${oci}.created`]: '2026-08-17T03:04:05Z',
  [`${oci}.version`]: '1.27.0-trixie',
  [`${oci}.url`]: 'https://hub.docker.com/_/golang',
  [`${oci}.base.name`]: 'buildpack-deps:trixie-scm',
  [`${oci}.base.digest`]: digestOf('b'),
  'com.docker.official-images.bashbrew.arch': 'amd64',
};
const place = (repository: string) => ({ repository, commit, directory: '.', file: 'Dockerfile' });
const source: SourceEvidence = {
  isSame: true,
  steps: [{ platforms: ['linux/amd64'], to: place('https://github.com/docker-library/golang.git') }],
};
const read = (annotations: Record<string, string>, from: SourceEvidence | undefined = source) =>
  readBuilds(image, index, [{ platform: 'linux/amd64', annotations }], from);

describe('what the annotations of a child say', () => {
  it('is its build', () => {
    expect(read(good)).toEqual({
      builds: [
        {
          platform: 'linux/amd64',
          source: `https://github.com/docker-library/golang.git#${commit}:1.27/trixie`,
          revision: commit,
          created: '2026-08-17T03:04:05Z',
          version: '1.27.0-trixie',
          base: { name: 'buildpack-deps:trixie-scm', digest: digestOf('b') },
        },
      ],
      notes: [],
    });
  });

  it.each([
    ['revision', 'main'],
    ['revision', 'C'.repeat(40)],
    ['revision', ''],
    ['created', 'yesterday'],
    ['created', '2026-02-30T00:00:00Z'],
    ['created', '2026-08-17'],
    ['base.digest', 'sha256:abc'],
    ['base.digest', 'sha512:'.padEnd(135, 'a')],
    ['base.name', 'a\u001b[31mb'],
    ['base.name', 'a\u202eb'],
    ['version', 'x'.repeat(1_000_000)],
    ['version', ''],
  ])('is without a wrong %s (%j), which is said', (key, value) => {
    const { builds, notes } = read({ ...good, [`${oci}.${key}`]: value });
    const { builds: right } = read(good);
    const field = key.replace(/\..*/, '');
    expect(notes).toMatchObject([{ code: 'evidence/bad-annotation', severity: 'warning' }]);
    expect(notes[0]?.message).toContain(`${oci}.${key}`);
    expect((notes[0]?.value ?? '').length).toBeLessThanOrEqual(201);
    expect(notes[0]?.value).not.toMatch(/[\u001b\u202e]/);
    const expected = key === 'base.digest' ? { base: { name: 'buildpack-deps:trixie-scm' } } : { [field]: undefined };
    expect({ [field]: undefined, ...builds[0] }).toEqual({ ...right[0], ...expected });
  });

  it.each([
    ['url', 'https://hub.docker.com/_/python'],
    ['source', `https://github.com/docker-library/python.git#${commit}:3.14`],
  ])('is nothing where its %s is that of another image', (key, value) => {
    const { builds, notes } = read({ ...good, [`${oci}.${key}`]: value });
    expect(builds).toEqual([{ platform: 'linux/amd64' }]);
    expect(notes).toMatchObject([{ code: 'evidence/foreign-annotation', value }]);
  });

  it.each([{}, { [`${oci}.base.digest`]: digestOf('d') }])('is no base where it begins with nothing (%j)', (more) => {
    const { [`${oci}.base.digest`]: _, ...rest } = good;
    const { builds, notes } = read({ ...rest, [`${oci}.base.name`]: 'scratch', ...more });
    expect(builds[0]).not.toHaveProperty('base');
    expect(notes).toEqual([]);
    expect(compareBuilds(builds, builds).cause).toBe('neither');
  });

  it('is nothing where the architecture is another one, and is believed of one that nobody knows', () => {
    const arch = 'com.docker.official-images.bashbrew.arch';
    expect(read({ ...good, [arch]: 's390x' }).builds).toEqual([{ platform: 'linux/amd64' }]);
    expect(read({ ...good, [arch]: 'loong64' }).builds[0]?.revision).toBe(commit);
  });

  it('is believed of the earlier repository where an entry moved to another, and where nothing is known of entries', () => {
    const moved: SourceEvidence = {
      isSame: false,
      steps: [
        {
          platforms: ['linux/amd64'],
          from: place('https://github.com/docker-library/golang'),
          to: place('https://github.com/golang/docker'),
        },
      ],
    };
    expect(read(good, moved).notes).toEqual([]);
    expect(readBuilds(image, index, [{ platform: 'linux/amd64', annotations: good }], undefined).notes).toEqual([]);
  });

  it('holds no credentials', () => {
    const annotations = { ...good, [`${oci}.source`]: `https://u:secret@github.com/docker-library/golang#${commit}:x` };
    expect(JSON.stringify(read(annotations))).not.toContain('secret');
  });

  it('is said to be missing once, for all children', () => {
    const none = { platform: 'linux/amd64', annotations: {} };
    const { builds, notes } = readBuilds(image, index, [none, { ...none, platform: 'linux/386' }], source);
    expect(builds).toEqual([{ platform: 'linux/amd64' }, { platform: 'linux/386' }]);
    expect(notes).toMatchObject([{ code: 'evidence/no-annotations', value: index }]);
  });
});

describe('the cause of another digest', () => {
  const build = (changes: Partial<ChildBuild> = {}): ChildBuild => ({
    platform: 'linux/amd64',
    revision: 'a'.repeat(40),
    base: { name: 'debian:trixie-slim', digest: digestOf('1') },
    ...changes,
  });
  const withoutRevision = ({ revision: _, ...rest }: ChildBuild): ChildBuild => rest;
  const withoutBase = ({ base: _, ...rest }: ChildBuild): ChildBuild => rest;
  const base = (name: string, letter: string) => ({ base: { name, digest: digestOf(letter) } });

  it.each([
    ['the Dockerfile', build({ revision: 'b'.repeat(40) }), 'source'],
    ['both', build({ revision: 'b'.repeat(40), ...base('debian:trixie-slim', '2') }), 'source'],
    ['the base', build(base('debian:trixie-slim', '2')), 'base'],
    ['another base', build(base('debian:forky-slim', '2')), 'base'],
    ['nothing', build(), 'neither'],
    ['no revision', withoutRevision(build()), 'unknown'],
    ['no base', withoutBase(build()), 'unknown'],
    ['a base without a digest', build({ base: { name: 'debian:trixie-slim' } }), 'unknown'],
  ] as const)('%s', (_, now, cause) => {
    expect(compareBuilds([build()], [now]).cause).toBe(cause);
  });

  it('is neither where nothing is built on a base, and unknown without an old index or a platform in both', () => {
    const scratch = withoutBase(build());
    expect(compareBuilds([scratch], [scratch]).cause).toBe('neither');
    expect(compareBuilds(undefined, [build()])).toEqual({ after: [build()], cause: 'unknown', bases: [] });
    expect(compareBuilds([build()], [build({ platform: 'linux/386' })]).cause).toBe('unknown');
  });

  it('is the Dockerfile where one platform says so, and the base where one says so and others nothing', () => {
    const [amd64, s390x] = ['linux/amd64', 'linux/s390x'].map((platform) => build({ platform }));
    const moved = { ...amd64, ...base('debian:trixie-slim', '2') } as ChildBuild;
    const silent = { platform: 'linux/s390x' };
    const cause = (...after: ChildBuild[]) => compareBuilds([amd64, s390x] as ChildBuild[], after).cause;
    expect(cause(moved, { ...s390x, revision: 'b'.repeat(40) } as ChildBuild)).toBe('source');
    expect(cause(moved, silent)).toBe('base');
    expect(cause(amd64 as ChildBuild, silent)).toBe('unknown');
  });

  it('names the bases that moved, with the platforms that move alike', () => {
    const platforms = ['linux/s390x', 'linux/amd64', 'linux/386'];
    const before = platforms.map((platform) => build({ platform }));
    const after = platforms.map((platform) =>
      build({ platform, ...base('debian:trixie-slim', platform === 'linux/386' ? '3' : '2') }),
    );
    expect(compareBuilds(before, after).bases).toEqual([
      { name: 'debian:trixie-slim', from: digestOf('1'), to: digestOf('2'), platforms: ['linux/amd64', 'linux/s390x'] },
      { name: 'debian:trixie-slim', from: digestOf('1'), to: digestOf('3'), platforms: ['linux/386'] },
    ]);
  });
});
