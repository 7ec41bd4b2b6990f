import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeLine } from '../../src/changes/causes.ts';
import { changesOf } from '../../src/changes/changes.ts';
import { changesJson } from '../../src/changes/json.ts';
import { changesMarkdown } from '../../src/changes/markdown.ts';
import { changesText } from '../../src/changes/text.ts';
import type { GroupEvidence, Step } from '../../src/evidence/types.ts';
import type { LockEntry } from '../../src/lock/types.ts';
import { builtFor, evidenceOf, sourceOf } from '../support/evidence.ts';
import { digest, locked, lockedImage, lockfile } from '../support/lockfiles.ts';

const [one, two] = ['1'.repeat(40), '2'.repeat(40)];

/** A rebuild of one group of each image, told by these. */
function rebuild(images: Readonly<Record<string, Partial<GroupEvidence>>>, tags = 'trixie latest') {
  const at = (build: string) =>
    lockfile(...Object.keys(images).map((image) => lockedImage(image, locked(`${image} ${build}`, tags))));
  const [before, after] = [at('old'), at('new')];
  return { before, after, evidence: evidenceOf(before, after, ({ image }) => images[image] ?? {}) };
}

const lines = (input: Parameters<typeof changesOf>[0]) =>
  changesOf(input).rebuilds.map((own) => causeLine(own, undefined));
const onDebian = { build: builtFor('base', { name: 'debian:trixie' }) };

describe('the cause of a rebuild', () => {
  it('is the base that moved first, over bases that only pass it on', () => {
    const input = rebuild({
      'buildpack-deps': onDebian,
      debian: { build: builtFor('source'), source: sourceOf('debian', one, two) },
      golang: { build: builtFor('base', { name: 'docker.io/library/buildpack-deps:trixie' }) },
      node: { build: builtFor('base', { name: 'buildpack-deps' }) },
    });
    expect(lines(input)).toEqual([
      '`debian:trixie` rebuilt, built on 2026-08-17 → 3 groups of 3 images: `buildpack-deps`, `golang`, `node`',
      '`debian`, whose Dockerfile changed: 1 group (`trixie`, `latest`)',
    ]);
  });

  it.each([
    ['2026-08-26T12:00:00Z', 'built on 2026-08-17, 9 days old →'],
    ['2026-08-18T00:00:00Z', 'built on 2026-08-17, 1 day old →'],
    ['2026-08-17T23:00:00Z', 'built on 2026-08-17, today →'],
    ['2026-08-16T23:00:00Z', 'built on 2026-08-17 →'],
  ])('has an age where it is said at %s', (now, words) => {
    const input = rebuild({ debian: { build: builtFor('source') }, golang: onDebian });
    expect(changesText(changesOf({ ...input, now: new Date(now) }))).toContain(words);
    expect(changesMarkdown(changesOf({ ...input, now: new Date(now) }))).toContain(words);
    expect(changesText(changesOf(input))).toContain('built on 2026-08-17 →');
  });

  it('is a base by its digest, whatever the tag is called', () => {
    const to = digest('debian new');
    const input = rebuild({
      debian: { build: builtFor('neither') },
      golang: { build: builtFor('base', { name: 'debian:13', to }) },
    });
    expect(lines(input)).toContain(
      '`debian:trixie` rebuilt, built on 2026-08-17 → `golang`, 1 group (`trixie`, `latest`)',
    );
  });

  it('is a base that is not in this change', () => {
    expect(
      lines(
        rebuild({ golang: { build: builtFor('base', { name: 'mcr.microsoft.com/windows/nanoserver:ltsc2022' }) } }),
      ),
    ).toEqual([
      '`mcr.microsoft.com/windows/nanoserver:ltsc2022` moved, which is not in this change → `golang`, 1 group (`trixie`, `latest`)',
    ]);
  });

  it.each<[string, Partial<GroupEvidence>, string]>([
    ['the source, by git', { source: sourceOf('golang', one, two) }, '`golang`, whose Dockerfile changed'],
    [
      'the source, though the index does not say',
      { source: sourceOf('golang', one, two), build: builtFor('unknown') },
      '`golang`, whose Dockerfile changed',
    ],
    ['a rebuild, by git', { source: sourceOf('golang', one, one) }, 'The same Dockerfile, built again'],
    ['neither', { build: builtFor('neither') }, 'The same Dockerfile and base, built again'],
    [
      'not known, without annotations',
      { source: sourceOf('golang', one, one), build: builtFor('unknown') },
      'Upstream does not say why',
    ],
    ['the image, where nothing was read', {}, '`golang`: 1 group'],
  ])('is %s', (_, told, expected) => {
    expect(lines(rebuild({ golang: told }))[0]).toContain(expected);
  });

  it('is not read above the share, which is said with how many', () => {
    const { evidence, ...input } = rebuild({ golang: { source: sourceOf('golang', one, one) } });
    const unread = [{ why: 'share' as const, groups: 1 }];
    const text = changesText(changesOf({ ...input, evidence: { ...evidence, unread } }));
    expect(text).toContain('Not read why → `golang`, 1 group');
    expect(text).toContain('1 group not read: the share of 20 counted pulls is used up (`review.share`).');
  });

  it('ends where images name each other as their base', () => {
    const input = rebuild({
      a: { build: builtFor('base', { name: 'b:trixie' }) },
      b: { build: builtFor('base', { name: 'a:trixie' }) },
    });
    expect(changesOf(input).rebuilds.map(({ cause }) => cause.kind)).toEqual(['base', 'base']);
  });

  it('is one for each group, in any web of bases', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const cause = fc.constantFrom('base' as const, 'source' as const, 'neither' as const, 'unknown' as const);
    const web = fc.array(fc.tuple(cause, fc.constantFrom(...names, 'x')), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(web, (told) => {
        const images = Object.fromEntries(
          names.map((name, index) => {
            const [kind = 'unknown', base = 'x'] = told[index] ?? [];
            return [name, { build: builtFor(kind, { name: `${base}:trixie` }) }];
          }),
        );
        const { rebuilds } = changesOf(rebuild(images));
        expect(rebuilds.reduce((sum, { groups }) => sum + groups, 0)).toBe(names.length);
        expect(rebuilds.map(({ groups }) => groups)).toEqual(
          rebuilds.map(({ groups }) => groups).sort((a, b) => b - a),
        );
      }),
    );
  });
});

describe('a release', () => {
  const at = (patch: string): LockEntry => locked(`golang ${patch}`, `1.26.${patch} 1.26 latest`);
  const [before, after] = [lockfile(lockedImage('golang', at('6'))), lockfile(lockedImage('golang', at('7')))];
  const commits = new Map([
    [
      'golang',
      [{ sha: two, subject: 'Update 1.26', url: 'https://github.com/docker-library/official-images/commit/2' }],
    ],
  ]) as never;
  const tell = (_: Step) => ({ source: sourceOf('golang', one, two) });

  it('has its compare view, its Dockerfile, and what upstream says of it', () => {
    const changes = changesOf({ before, after, evidence: evidenceOf(before, after, tell, { commits }) });
    expect(changesJson(changes).releases).toMatchObject([
      {
        image: 'golang',
        compare: `https://github.com/docker-library/golang/compare/${one}...${two}`,
        dockerfile: `https://github.com/docker-library/golang/blob/${two}/Dockerfile`,
        commits: [{ subject: 'Update 1.26' }],
      },
    ]);
  });

  it('whose provenance names another commit is the first to look at', () => {
    const provenance = { state: 'differs' as const, named: one, expected: two };
    const contents = {
      ...{ platform: 'linux/amd64', config: [], size: { to: 1 }, layers: { count: 1, fresh: 1 }, provenance },
      packages: { state: 'none' as const, why: 'no SBOM' },
    };
    const evidence = evidenceOf(before, after, () => ({ contents }));
    const digests = [{ kind: 'unknown' as const, image: 'golang' as never, tags: [] }];
    expect(changesOf({ before, after, digests, evidence }).lookAtFirst.map(({ kind }) => kind)).toEqual([
      'provenance',
      'unknown',
    ]);
  });
});
