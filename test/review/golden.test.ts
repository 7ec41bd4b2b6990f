import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseImageName } from '../../src/core/names.ts';
import { diffLockfiles } from '../../src/diff/diff.ts';
import type { LockEntry, Lockfile } from '../../src/lock/types.ts';
import { describeChange } from '../../src/review/describe.ts';
import type { ChangeInput } from '../../src/review/types.ts';
import { readLibraryFile } from '../../src/upstream/reader.ts';
import { builtFor, evidenceOf, sourceOf } from '../support/evidence.ts';
import { gitSyncIn } from '../support/git.ts';
import { digest, locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';
import { bundle, bundleIsAbsent, needsBundle } from '../support/open-upstream.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { checkboxText } from './arbitraries.ts';

const repository = 'https://github.com/docker-library/official-images.git';
const at = (commit: string, lock: Lockfile): Lockfile => ({ ...lock, upstream: { repository, commit } });
const [first, second] = ['c0ffee12'.repeat(5), 'f00dcafe'.repeat(5)];

async function expectGolden(name: string, input: ChangeInput): Promise<void> {
  const { headline, body } = describeChange(input);
  await expect(`${headline}\n\n${body}`).toMatchFileSnapshot(`golden/${name}.md`);
}

const before = at(
  first,
  lockfile(
    lockedImage('centos', locked('c', '7 latest')),
    lockedImage('debian', locked('d1', '12.12 12'), locked('d2', '13.3 13 latest')),
    lockedImage('golang', locked('g1', '1.27.0 1.27 1 latest'), locked('g2', '1.26.4 1.26')),
  ),
);
const after = at(
  second,
  lockfile(
    lockedImage('debian', locked('d3', '12.12 12'), locked('d4', '14.0 14 latest'), locked('d5', '13.3 13')),
    lockedImage('golang', pending('1.27.1 1.27 1 latest'), locked('g1', '1.27 1 latest'), locked('g2', '1.26.4 1.26')),
    lockedImage('rust', locked('r', '1 latest')),
  ),
);

describe('what a reviewer reads is what was reviewed', () => {
  test('for an everyday change, with notes, a checkbox and markers', () =>
    expectGolden('everyday', {
      forge: 'github',
      before,
      after,
      policy: { dropped: 'keep', afterMs: 1, exclusive: [], shared: ['main'] },
      destinations: ['`main` at `registry.example.com/library`'],
      files: ['sync/centos.yaml', 'sync/debian.yaml', 'sync/rust.yaml'],
      budget: { limit: 10, windowMs: 21_600_000 },
      notes: [
        'Reviewers asked for could not be added: `@acme/team`.',
        {
          title: 'Workflow files are missing here',
          text: ['The token may not push to `.github/workflows/`. Add them by hand to this branch:'],
          items: ['.github/workflows/mirrorlock-update.yml'],
          code: { language: 'sh', text: 'git fetch origin mirrorlock/update\nmirrorlock render\ngit push' },
        },
      ],
      checkbox: { text: checkboxText, ticked: false },
      markers: ['update', 'content:0123abcd'],
    }));

  test('for the first lockfile, in a merge request', () =>
    expectGolden('first', { forge: 'gitlab', before: undefined, after }));

  test('for a change without a change of tags', () =>
    expectGolden('no-tags', {
      forge: 'github',
      before: after,
      after: { ...after, configHash: digest('other') },
      files: ['sync/debian.yaml'],
    }));

  test('for many images, folded, and cut at whole sections', () => {
    const many = (build: string) =>
      lockfile(
        ...Array.from({ length: 30 }, (_, image) => {
          const groups = Array.from({ length: 9 }, (_, group) =>
            locked(`${build} ${image} ${group}`, `${group}.1.0-bookworm ${group}.1-bookworm ${group}-bookworm`),
          );
          return lockedImage(`image${image}`, ...groups);
        }),
      );
    return expectGolden('many', {
      forge: 'github',
      before: at(first, many('old')),
      after: at(second, many('new')),
      maxLength: 14_000,
    });
  });
});

describe.skipIf(bundleIsAbsent)(`on the real library${needsBundle}`, () => {
  let folder: TemporaryDirectory;
  beforeAll(() => {
    folder = temporaryDirectory();
    gitSyncIn('.')('clone', '--quiet', '--bare', bundle, folder.path);
  });
  afterAll(() => folder.dispose());

  const git = (...words: readonly string[]) => gitSyncIn(folder.path)(...words);

  /** Some images as they were at a time, each group's digest made of what it is built from. */
  function library(time: string, images: readonly string[]): Lockfile {
    const commit = git('rev-list', '-1', `--before=${time}`, 'master').trim();
    const upstream = /Upstream-Commit: (\w+)/.exec(git('show', '-s', '--format=%B', commit))?.[1] ?? '';
    return at(
      upstream,
      lockfile(...images.map((image) => ({ image: parseImageName(image), entries: entries(commit, image) }))),
    );
  }

  function entries(commit: string, image: string): LockEntry[] {
    const reading = readLibraryFile(git('show', `${commit}:library/${image}`), { builds: true });
    if (reading.kind !== 'read') throw new Error(`${image} cannot be read`);
    return reading.groups.map(({ tags, builds = [] }) => ({
      digest: digest(`${builds.map(({ source }) => source).join()} ${tags.join()}`),
      tags,
    }));
  }

  test('a week of some images reads as it was reviewed', () => {
    const images = ['debian', 'haproxy', 'redis'];
    return expectGolden('real-week', {
      forge: 'github',
      before: library('2026-08-15T00:00:00Z', images),
      after: library('2026-08-22T00:00:00Z', images),
      markers: ['update'],
    });
  });

  test('a week of everything, with rebuilds, is told in 12,000 characters, and no release or ending is left out', async () => {
    const names = git('ls-tree', '--name-only', 'master:library').trim().split('\n');
    const known = names.filter((name) => git('ls-tree', 'master~300', `library/${name}`) !== '');
    const rebuilt = (lock: Lockfile): Lockfile => ({
      ...lock,
      images: lock.images.map((image, index) => ({
        ...image,
        entries: image.entries.map((entry, place) =>
          'tags' in entry && (index + place) % 3 === 0
            ? { ...entry, digest: digest(`rebuilt ${entry.digest}`) }
            : entry,
        ),
      })),
    });
    const before = library('2026-08-08T00:00:00Z', known);
    const after = rebuilt(library('2026-08-15T00:00:00Z', known));
    const bases = [
      'debian:trixie-slim',
      'debian:bookworm-slim',
      'alpine:3.24',
      'ubuntu:24.04',
      'buildpack-deps:trixie',
    ];
    const evidence = evidenceOf(before, after, ({ image, tags }) => ({
      source: sourceOf(image, first, second),
      build: builtFor('base', { name: bases[(image.length + tags.length) % bases.length] ?? '' }),
    }));
    const input = { forge: 'github', before, after, evidence } as const;
    const { headline, body } = describeChange(input);
    expect(body.length).toBeLessThan(12_000);
    expect(headline.length).toBeLessThanOrEqual(120);
    const { images } = diffLockfiles(input.before, input.after);
    for (const { image, releases, ended } of images) {
      for (const { series } of ended) expect(body).toContain(`\`${image}\` \`${series}\` has ended`);
      if (releases.length > 0) expect(body).toContain(`- \`${image}\`: \`${releases[0]?.version.from}\``);
    }
    expect(body).toContain('### The rest');
    await expectGolden('week', input);
  });
});
