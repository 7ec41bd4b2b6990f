import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noProgress } from '../../src/core/progress.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import type { Lockfile } from '../../src/lock/types.ts';
import { gatherEvidence } from '../../src/runs/evidence.ts';
import { reviewEvidence } from '../../src/runs/review-evidence.ts';
import type { Context } from '../../src/session/context.ts';
import { openConfig } from '../../src/session/workspace.ts';
import { plainEnv } from '../support/git.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import { mirrorlock, readLock } from '../support/mirror.ts';
import { setWorld, type World } from '../support/world.ts';
import { annotatedImage, annotationsOf } from './annotated.ts';

const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];
const entry = (tags: string, commit: string, more = '') =>
  `Tags: ${tags}\nArchitectures: amd64, arm64v8\nGitCommit: ${commit}\n${more}`;
const file = (repository: string, ...entries: string[]) =>
  `${[`Maintainers: A (@a)\nGitRepo: ${repository}`, ...entries].join('\n\n')}\n`;
const platforms = ['linux/amd64', 'linux/arm64/v8'];

const library = {
  alpine: file('https://github.com/alpinelinux/docker-alpine.git', entry('3.24', one)),
  debian: file('https://github.com/debuerreotype/docker-debian-artifacts.git', entry('trixie', one)),
  golang: file(
    'https://github.com/docker-library/golang.git',
    entry('1.27-trixie', one, 'Directory: 1.27/trixie'),
    entry('1.26-trixie', one, 'Directory: 1.26/trixie'),
  ),
};

interface Builds {
  readonly debian: number;
  readonly golang: number;
  readonly commit: string;
  readonly isBare?: boolean;
}

/** Publishes the images; golang rests on the debian that is published with it, and alpine never changes. */
function publishBuilds({ source }: World, { debian, golang, commit, isBare = false }: Builds): void {
  const day = `2026-08-${10 + debian}T00:00:00Z`;
  const plain = { platforms, build: 1, annotations: annotationsOf(one, day) };
  const base = annotatedImage('debian', [
    { ...plain, tags: ['trixie'], build: debian, annotations: annotationsOf(one, day) },
  ]);
  const on = { name: 'debian:trixie', digest: base.manifestOf('trixie').digest };
  const group = (tag: string, revision: string) => ({
    ...{ tags: [tag], platforms, build: golang },
    annotations: isBare ? {} : annotationsOf(revision, day, on),
  });
  writeRegistryStorage(source.storage, [
    annotatedImage('alpine', [{ ...plain, tags: ['3.24'], annotations: annotationsOf(one, '2026-01-01T00:00:00Z') }]),
    base,
    annotatedImage('golang', [group('1.27-trixie', commit), group('1.26-trixie', one)]),
  ]);
}

function contextOf({ mirror, home }: World): Context {
  return {
    ...{ workingDirectory: mirror, directory: mirror, configFile: 'mirrors.yaml', strict: false },
    ...{ env: plainEnv, homeDirectory: home, cacheDirectory: join(home, 'cache'), packageDirectory: mirror },
    ...{ signal: new AbortController().signal, now: () => new Date(), progress: noProgress, debug: () => undefined },
  };
}

async function run(world: World, command: string): Promise<void> {
  const result = await mirrorlock(world, [command]);
  expect(result.code, result.stderr).toBe(0);
}

/** A mirror that is in step, and then a change that is locked and not applied. */
async function changed(more: string, after: Partial<Builds> & { readonly isGone?: boolean } = {}) {
  const world = await setWorld({ library, images: '{include: ["*"]}\n' });
  const configFile = join(world.mirror, 'mirrors.yaml');
  writeFileSync(configFile, `${readFileSync(configFile, 'utf8')}${more}`);
  publishBuilds(world, { debian: 1, golang: 1, commit: one });
  await run(world, 'lock');
  await run(world, 'apply');
  const before = readLock(world);
  const { commit = one } = after;
  if (commit !== one) {
    world.upstream.write('golang', world.upstream.read('golang').replace(one, commit));
    await world.upstream.commit('Update golang 1.27');
  }
  publishBuilds(world, { debian: 2, golang: 2, ...after, commit });
  await run(world, 'lock');
  const lockfiles = { before, after: readLock(world) };
  world.source.reset();
  return { world, lockfiles, gather: () => gather(world, lockfiles) };
}

async function gather(world: World, lockfiles: { before: Lockfile; after: Lockfile }): Promise<Evidence> {
  const context = contextOf(world);
  return gatherEvidence(context, await openConfig(context), lockfiles);
}

const causes = ({ groups }: Evidence) =>
  groups.map(({ image, tags, build, source }) => [`${image}:${tags[0]}`, build?.cause, source?.isSame]);
const codes = ({ groups }: Evidence) => [...new Set(groups.flatMap(({ notes }) => notes.map(({ code }) => code)))];

describe('why digests are others', () => {
  it('is told by git without a request to a registry', async () => {
    const { world, gather } = await changed('', { commit: two });
    const evidence = await gather();
    expect(causes(evidence)).toEqual([
      ['debian:trixie', undefined, true],
      ['golang:1.27-trixie', undefined, false],
      ['golang:1.26-trixie', undefined, true],
    ]);
    expect(evidence.groups[1]?.source?.steps[0]?.compare).toBe(
      `https://github.com/docker-library/golang/compare/${one}...${two}`,
    );
    expect([...evidence.commits].map(([image, own]) => [image, ...own.map(({ subject }) => subject)])).toEqual([
      ['golang', 'Update golang 1.27'],
    ]);
    expect(world.source.seen()).toEqual([]);
    expect(evidence).toMatchObject({ cost: { pulls: 0 }, unread: [], problems: [] });
  });

  it('is told by the indexes, each pulled once for the evidence and apply together', async () => {
    const { world, gather } = await changed('review: {evidence: index}\n', { commit: two });
    const evidence = await gather();
    expect(causes(evidence)).toEqual([
      ['debian:trixie', 'neither', true],
      ['golang:1.27-trixie', 'source', false],
      ['golang:1.26-trixie', 'base', true],
    ]);
    const [{ to: newDebian, from: oldDebian } = {}] = evidence.groups;
    expect(evidence.groups[2]?.build?.bases).toEqual([
      { name: 'debian:trixie', from: oldDebian, to: newDebian, platforms },
    ]);
    expect(evidence.groups[2]?.build?.after[0]?.created).toBe('2026-08-12T00:00:00Z');
    expect(evidence.cost).toEqual({ pulls: 3, allowed: 'unlimited' });
    expect(world.source.counts().manifestGet).toBe(3);

    const again = await gather();
    expect(causes(again)).toEqual(causes(evidence));
    expect(again.cost.pulls).toBe(0);

    await run(world, 'apply');
    const { manifestGet, distinctManifestsGot } = world.source.counts();
    // Three indexes, with two children each.
    expect([manifestGet, distinctManifestsGot]).toEqual([9, 9]);
  });

  it('costs no second pull where the source counts, also for a job that finds only the manifests of the cache', async () => {
    const { world, gather } = await changed('review: {evidence: index, share: 50%}\n', { commit: two });
    const configFile = join(world.mirror, 'mirrors.yaml');
    const text = readFileSync(configFile, 'utf8');
    writeFileSync(configFile, text.replace('insecure: true}\n', 'insecure: true, budget: {pulls: 100}}\n'));
    expect((await gather()).cost).toEqual({ pulls: 3, allowed: 50 });
    for (const part of ['pulls', 'blobs', 'upstream']) {
      rmSync(join(world.home, 'cache', part), { recursive: true, force: true });
    }
    await run(world, 'apply');
    const { manifestGet, distinctManifestsGot } = world.source.counts();
    expect([manifestGet, distinctManifestsGot]).toEqual([9, 9]);
  });

  it('takes no more than its share of a window, over several runs, and says what was not read', async () => {
    const { world, lockfiles, gather } = await changed('review: {evidence: index, share: 20%}\n');
    const configFile = join(world.mirror, 'mirrors.yaml');
    const text = readFileSync(configFile, 'utf8').replace('insecure: true}\n', 'insecure: true, budget: {pulls: 9}}\n');
    writeFileSync(configFile, text);
    const evidence = await gather();
    expect(evidence.cost).toEqual({ pulls: 1, allowed: 1 });
    expect(evidence.unread).toEqual([{ why: 'share', groups: 2 }]);
    // The first of golang says most: it rests on a base.
    expect(causes(evidence).filter(([, cause]) => cause !== undefined)).toEqual([['golang:1.27-trixie', 'base', true]]);
    const again = await gather();
    expect(again.cost).toEqual({ pulls: 0, allowed: 1 });
    expect(causes(again)).toEqual(causes(evidence));
    writeFileSync(configFile, text.replace('20%', '0%'));
    rmSync(join(world.home, 'cache/manifests'), { recursive: true });
    world.source.reset();
    const none = await gather();
    expect(none).toMatchObject({ cost: { pulls: 0, allowed: 0 }, unread: [{ why: 'share', groups: 3 }] });
    expect(world.source.counts().manifestGet).toBe(0);
    expect(none.groups.every(({ source }) => source?.isSame === true)).toBe(true);
    expect(lockfiles.after.images).toHaveLength(3);
  });

  it('is read of manifests where the old index was rewritten, at no pull besides those of the lock', async () => {
    const { world, lockfiles, gather } = await changed('review: {evidence: index}\nplatforms: [linux/amd64]\n', {
      commit: three,
    });
    const evidence = await gather();
    expect(causes(evidence)).toEqual([
      ['debian:trixie', 'neither', true],
      ['golang:1.27-trixie', 'source', false],
      ['golang:1.26-trixie', 'base', true],
    ]);
    expect(evidence.cost.pulls).toBe(0);
    expect(evidence.groups[0]?.source?.steps[0]?.platforms).toEqual(['linux/amd64']);
    expect(lockfiles.after.images).toHaveLength(3);
    expect(world.source.counts().manifestGet).toBe(0);
  });

  it('is read inside for a platform that is mirrored, where `review.platform` is not', async () => {
    const { world, lockfiles } = await changed('review: {evidence: contents}\nplatforms: [linux/arm64]\n');
    const context = contextOf(world);
    const evidence = await reviewEvidence(context, await openConfig(context), lockfiles);
    const read = evidence?.groups.flatMap(({ image, contents }) => (contents ? [[image, contents.platform]] : []));
    expect(read).toEqual(['debian', 'golang'].map((image) => [image, 'linux/arm64/v8']));
    expect(evidence?.groups.flatMap(({ notes }) => notes)).toEqual([]);
  });

  it('is unknown, and said so, of an index without annotations', async () => {
    const { gather } = await changed('review: {evidence: index}\n', { isBare: true });
    const evidence = await gather();
    expect(causes(evidence).map(([, cause]) => cause)).toEqual(['neither', 'unknown', 'unknown']);
    expect(codes(evidence)).toEqual(['evidence/no-annotations']);
  });

  it('is told as far as it is known where the destination is down, or the source lost an index', async () => {
    const { world, lockfiles, gather } = await changed('review: {evidence: index}\n');
    const lost = lockfiles.after.images.flatMap(({ entries }) =>
      entries.flatMap((one) => ('digest' in one ? one.digest : [])),
    );
    world.source.respond(({ url }) => (url.includes(String(lost[1])) ? { status: 404 } : undefined));
    world.destination.respond(() => ({ status: 503 }));
    const evidence = await gather();
    expect(evidence.unread).toEqual([{ why: 'failed', groups: 1 }]);
    expect(codes(evidence)).toEqual(expect.arrayContaining(['evidence/unreadable', 'evidence/moved']));
    expect(causes(evidence).map(([, cause]) => cause)).toEqual([undefined, 'unknown', 'unknown']);
    expect(evidence.groups.every(({ source }) => source?.isSame === true)).toBe(true);
    expect(evidence.problems.map(({ code }) => code)).toEqual(['evidence/destination']);
  });

  it('is the same of each group where a destination that is down is not asked any more', async () => {
    const versions = Array.from({ length: 14 }, (_, at) => `1.${at}`);
    const many = file(
      'https://github.com/docker-library/many.git',
      ...versions.map((tag) => entry(tag, one, `Directory: ${tag}`)),
    );
    const world = await setWorld({ library: { many }, images: '{include: ["*"]}\n' });
    const configFile = join(world.mirror, 'mirrors.yaml');
    writeFileSync(configFile, `${readFileSync(configFile, 'utf8')}review: {evidence: index}\n`);
    const publish = (build: number) => {
      const annotations = annotationsOf(one, `2026-08-${10 + build}T00:00:00Z`);
      const groups = versions.map((tag, at) => ({ tags: [tag], platforms, build: build * 100 + at, annotations }));
      writeRegistryStorage(world.source.storage, [annotatedImage('many', groups)]);
    };
    publish(1);
    await run(world, 'lock');
    const before = readLock(world);
    publish(2);
    await run(world, 'lock');
    world.destination.respond(() => ({ status: 403 }));
    const evidence = await gather(world, { before, after: readLock(world) });
    expect(evidence.groups).toHaveLength(14);
    expect(codes(evidence)).toEqual(['evidence/unreadable']);
    expect(evidence.problems.map(({ code }) => code)).toEqual(['evidence/destination']);
  });

  it('is told without upstream’s commits where upstream was rewritten', async () => {
    const { world, lockfiles } = await changed('', { commit: two });
    const before = { ...lockfiles.before, upstream: { ...lockfiles.before.upstream, commit: 'f'.repeat(40) } };
    rmSync(join(world.home, 'cache/upstream'), { recursive: true });
    const evidence = await gather(world, { before, after: lockfiles.after });
    expect(evidence.commits.size).toBe(0);
    expect([...new Set(evidence.problems.map(({ code }) => code))].sort()).toEqual([
      'evidence/upstream',
      'evidence/upstream-commit',
    ]);
    expect(evidence.groups[1]?.source?.steps[0]?.to.commit).toBe(two);
  });
});
