import { describe, expect, it, test } from 'vitest';
import { parseDigest, parseImageName, parseTag } from '../../src/core/names.ts';
import type { LockEntry, Lockfile } from '../../src/lock/types.ts';
import { officialBuilder } from '../support/miniature/official.ts';
import { judgeCauses, type ToldChanges } from '../support/rehearsal/judge.ts';
import { linesOfTables, linesToRead } from '../support/rehearsal/reading.ts';
import { type Truth, truthOf } from '../support/rehearsal/truth.ts';

const digest = (n: number) => parseDigest(`sha256:${String(n).padStart(64, '0')}`);
const group = (n: number, ...tags: string[]): LockEntry => ({
  digest: digest(n),
  tags: tags.map((tag) => parseTag(tag)),
});
const lockfile = (images: Record<string, readonly LockEntry[]>): Lockfile => ({
  configHash: '0'.repeat(64),
  upstream: { repository: 'https://example.invalid/official-images.git', commit: '0'.repeat(40) },
  images: Object.entries(images).map(([image, entries]) => ({ image: parseImageName(image), entries })),
});

describe('the lines of a text of tables', () => {
  const old = lockfile({ redis: [group(1, '8.2.0', '8', 'latest'), group(2, '7.4.0', '7')] });

  it('are a heading, a head and a row for each step, in which new and replaced versions stand', () => {
    const now = lockfile({ redis: [group(3, '8.2.1', '8', 'latest'), group(4, '7.4.0', '7')] });
    expect(linesOfTables(old, now)).toBe(2 + 2);
  });

  it('are a row for what comes, goes or is pending by itself, and none for an image without a change', () => {
    const now = lockfile({
      redis: [group(1, '8.2.0', '8', 'latest'), group(5, '9.0-rc1'), { pending: [parseTag('9')] }],
      alpine: [group(6, '3.24')],
    });
    expect(linesOfTables(old, now)).toBe(2 + 3 + (2 + 1));
    expect(linesOfTables(old, old)).toBe(0);
  });
});

test('the lines that a person reads are those that nothing hides', () => {
  const body = [
    ...[
      '**One**',
      '',
      '<!-- mirrorlock:content:x -->',
      '- a',
      '<details>',
      '<summary>more</summary>',
      '',
      '| b |',
      '</details>',
      '',
    ],
    '<details><summary>two</summary>c</details>',
    'end',
  ].join('\n');
  expect(linesToRead(body)).toBe(5);
  expect(linesToRead('')).toBe(0);
});

const tags = {
  debian: ['trixie, latest'],
  'buildpack-deps': ['trixie-curl', 'trixie-scm', 'trixie'],
  golang: ['1.26-trixie, latest'],
};
const library = (commits: Record<string, string>) =>
  new Map(
    Object.entries(tags).map(([name, entries]) => {
      const head = `Maintainers: Nobody (@nobody)\nGitRepo: https://github.com/example/${name}.git\n`;
      const commit = (commits[name] ?? '1').repeat(40);
      const bodies = entries.map(
        (own) => `\nTags: ${own}\nArchitectures: amd64\nGitCommit: ${commit}\nDirectory: ${own.split(',')[0]}\n`,
      );
      return [name, head + bodies.join('')];
    }),
  );

describe('what the builders of a miniature know', () => {
  const builder = officialBuilder();
  const created = '2026-08-17T00:00:00Z';
  const chain = ['buildpack-deps:trixie', 'buildpack-deps:trixie-scm', 'buildpack-deps:trixie-curl'];
  const digestOf = (name: string, build: Record<string, string>, rebuilds: Record<string, number>) => {
    const built = builder.build(library(build), { created, rebuilds: new Map(Object.entries(rebuilds)) }).get(name);
    const [found] = built?.tags.values() ?? [];
    if (found === undefined) throw new Error(`${name} has no tag.`);
    return found;
  };
  const why = (name: string, build: Record<string, string>, rebuilds: Record<string, number>): Truth =>
    truthOf(builder.history, digestOf(name, {}, {}), digestOf(name, build, rebuilds), ['linux/amd64']);

  it.each([
    ['debian', { debian: '2' }, {}, { kind: 'source' }],
    ['debian', {}, { debian: 1 }, { kind: 'neither' }],
    ['buildpack-deps', { debian: '2' }, {}, { kind: 'base', bases: ['debian:trixie'], roots: ['debian:trixie'] }],
    ['buildpack-deps', { debian: '2', 'buildpack-deps': '2' }, {}, { kind: 'source' }],
    ['golang', { golang: '2' }, { debian: 1 }, { kind: 'source' }],
    ['golang', {}, { debian: 1 }, { kind: 'base', bases: [...chain, 'debian:trixie'], roots: ['debian:trixie'] }],
    [
      'golang',
      { 'buildpack-deps': '2' },
      { debian: 1 },
      { kind: 'base', bases: ['buildpack-deps:trixie'], roots: ['buildpack-deps:trixie'] },
    ],
  ])('%s with other sources %j and builds %j', (name, build, rebuilds, expected) => {
    expect(why(name, build, rebuilds)).toEqual(expected);
  });

  it('is nothing of another image, and an image that did not change has the same digest', () => {
    expect(digestOf('debian', {}, {})).toBe(digestOf('debian', { golang: '3' }, {}));
    expect(truthOf(builder.history, digest(1), digest(2), ['linux/amd64'])).toEqual({ kind: 'untold' });
  });

  it('names a base by the manifest of the platform, as upstream does', () => {
    const built = builder.build(library({}), { created, rebuilds: new Map() });
    const [child] = builder.history.indexes.get(digestOf('debian', {}, {})) ?? [];
    const [own] = JSON.parse(String(built.get('buildpack-deps')?.manifestOf('trixie-curl').bytes)).manifests;
    expect(own.annotations).toMatchObject({
      'org.opencontainers.image.base.name': 'debian:trixie',
      'org.opencontainers.image.base.digest': child,
    });
  });
});

describe('the judge of causes', () => {
  const before = lockfile({ debian: [group(1, 'trixie')], golang: [group(2, '1.26')], redis: [group(3, '8')] });
  const after = lockfile({ debian: [group(4, 'trixie')], golang: [group(5, '1.26')], redis: [group(6, '8')] });
  const truths = new Map<string, Truth>([
    [digest(4), { kind: 'neither' }],
    [digest(5), { kind: 'base', bases: ['buildpack-deps:trixie', 'debian:trixie'], roots: ['debian:trixie'] }],
    [digest(6), { kind: 'source' }],
  ]);
  const judge = (...rebuilds: ToldChanges['rebuilds']) =>
    judgeCauses({ rebuilds }, before, after, (_, to) => truths.get(to) ?? { kind: 'untold' });
  const told = (kind: string, image: string, tag: string, name?: string) => ({
    cause: { kind, ...(name === undefined ? {} : { name }) },
    images: [{ image, tags: [tag] }],
  });

  it('takes what is so for right', () => {
    const all = [
      told('same', 'debian', 'trixie'),
      told('base', 'golang', '1.26', 'debian:trixie'),
      told('source', 'redis', '8'),
    ];
    expect(judge(...all)).toEqual({ groups: 3, named: 3, right: 3, others: [] });
  });

  it('finds another base, another cause, and none', () => {
    const all = [
      told('source', 'debian', 'trixie'),
      told('base', 'golang', '1.26', 'alpine:3.24'),
      told('unread', 'redis', '8'),
    ];
    const { others, ...counts } = judge(...all);
    expect(counts).toEqual({ groups: 3, named: 2, right: 0 });
    expect(others).toEqual([
      'debian:trixie: told source, is neither',
      'golang:1.26: told base alpine:3.24, is base debian:trixie',
      'redis:8: told unread, is source',
    ]);
    expect(judge()).toMatchObject({ groups: 3, named: 0, right: 0 });
  });
});
