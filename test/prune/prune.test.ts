import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { gitIn } from '../support/git.ts';
import { type PruneWorld, pruneWorld } from './world.ts';

/** What a run said it deleted. */
function deletedOf(json: object): string[] {
  const { destinations } = json as { destinations: { deleted: { tag: string }[] }[] };
  return destinations.flatMap(({ deleted }) => deleted.map(({ tag }) => tag)).sort();
}

const headers = { accept: 'application/vnd.oci.image.index.v1+json' };

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error = await work.catch((caught: unknown) => caught);
  return error instanceof UserError ? error.problems[0]?.code : undefined;
}

/** `3.18` left 40 days ago, `3.19` 10 days ago; `3.20` is locked. */
async function threeReleases(options: Parameters<typeof pruneWorld>[1] = {}): Promise<PruneWorld> {
  const groups = { old: ['3.18', '3.18.1'], young: ['3.19'], current: ['3.20', 'latest'] };
  const world = await pruneWorld(groups, options);
  await world.lock(groups, 60);
  await world.lock({ young: ['3.19'], current: ['3.20', 'latest'] }, 40);
  await world.lock({ current: ['3.20', 'latest'] }, 10);
  return world;
}

describe('prune deletes', () => {
  it('what left the merged lockfile long enough ago, and nothing else; once', async () => {
    const world = await threeReleases();
    expect(deletedOf((await world.prune({ dryRun: true })).json)).toEqual(['3.18', '3.18.1']);
    expect(await world.tags()).toHaveLength(5);
    const { exitCode, json } = await world.prune();
    expect(exitCode).toBe(0);
    expect(deletedOf(json)).toEqual(['3.18', '3.18.1']);
    expect(await world.tags()).toEqual(['3.19', '3.20', 'latest']);
    expect(deletedOf((await world.prune()).json)).toEqual([]);
  });

  it('later what left not long enough ago: a dry run says until when it waits', async () => {
    const world = await threeReleases();
    const { text, json } = await world.prune({ dryRun: true });
    expect(text).toMatch(/waits +alpine:3\.19 +until 2026-09-10/);
    expect(json).toMatchObject({ destinations: [{ later: [{ tag: '3.19', from: '2026-09-10T00:00:00.000Z' }] }] });
    expect((await world.prune()).text).toContain('1 wait until they left long enough ago');
  });

  it('no digest that a wanted tag, or a tag of somebody else, uses', async () => {
    const world = await pruneWorld({ one: ['3.20', '3.20.1', 'mine'], two: ['3.18', 'theirs'] });
    await world.lock({ one: ['3.20', '3.20.1'], two: ['3.18'] }, 60);
    await world.lock({ one: ['3.20'] }, 40);
    const { exitCode, text } = await world.prune();
    expect(exitCode).toBe(0);
    expect(text).toMatch(/kept +alpine:3.18 +alpine:theirs uses it/);
    expect(text).toMatch(/kept +alpine:3.20.1 +alpine:(3.20|mine) uses it/);
    expect(await world.tags()).toHaveLength(5);
  });

  it('no tag that has another digest than the lockfile had, and none that is back', async () => {
    const world = await pruneWorld({ one: ['3.18'], two: ['3.19'], three: ['3.20'] });
    await world.lock({ two: ['3.18'], one: ['3.19'], three: ['3.20'] }, 60);
    await world.lock({ three: ['3.20'] }, 50);
    await world.lock({ two: ['3.19'], three: ['3.20'] }, 45);
    const { text } = await world.prune();
    expect(text).toContain('0 tags deleted, 1 kept');
    expect(text).toMatch(/kept +alpine:3.18 +has another digest now/);
    expect(await world.tags()).toHaveLength(3);
  });

  it('no digest that the lockfile names, though its tag is not there yet', async () => {
    const world = await pruneWorld({ one: ['3.20'], two: ['3.18'] });
    await world.lock({ one: ['3.20'], two: ['3.18'] }, 60);
    const named = world.digestOf('two');
    await world.lock({ one: ['3.20'], two: ['next'] }, 40);
    expect((await world.prune()).text).toMatch(/kept +alpine:3.18 +alpine:next uses it/);
    const { status } = await fetch(`http://${world.host}/v2/mirror/alpine/manifests/${named}`, {
      method: 'HEAD',
      headers,
    });
    expect(status).toBe(200);
  });

  it('no more than the ceiling, those that left first; the rest waits, and exit code 4 says so', async () => {
    const policy = '{dropped: prune, prune: {after: 1d, atMost: {tags: 2, percent: 100}}}';
    const world = await threeReleases({ policy });
    const first = await world.prune();
    expect(first.exitCode).toBe(4);
    expect(deletedOf(first.json)).toEqual(['3.18', '3.18.1']);
    expect(first.json).toMatchObject({ ceiling: 2, destinations: [{ waiting: [{ tag: '3.19' }] }] });
    const second = await world.prune();
    expect(second.exitCode).toBe(0);
    expect(deletedOf(second.json)).toEqual(['3.19']);
  });
});

describe('prune refuses', () => {
  it('a registry that cannot delete: it is named, and the exit code is 1', async () => {
    const world = await threeReleases({ deleteEnabled: false });
    const { exitCode, problems } = await world.prune();
    expect(exitCode).toBe(1);
    expect(problems).toMatchObject([{ code: 'prune/cannot-delete' }]);
    expect(await world.tags()).toHaveLength(5);
  });

  it('a policy that keeps, unless nothing is to be deleted', async () => {
    const world = await threeReleases({ policy: '{dropped: keep}' });
    expect(await codeOf(world.prune())).toBe('prune/kept');
    expect((await world.prune({ dryRun: true })).exitCode).toBe(4);
    expect(await world.tags()).toHaveLength(5);
  });

  it('a lockfile that is not as HEAD has it', async () => {
    const world = await threeReleases();
    appendFileSync(join(world.mirror, 'mirrors.lock.yaml'), '\n');
    expect(await codeOf(world.prune())).toBe('prune/lockfile-differs');
  });

  it('a shallow clone, which does not have the history', async () => {
    const world = await threeReleases();
    const shallow = `${world.mirror}-shallow`;
    await gitIn(world.mirror)('clone', '--quiet', '--depth=1', `file://${world.mirror}`, shallow);
    await execa('rm', ['-rf', join(world.mirror, '.git')]);
    await execa('mv', [join(shallow, '.git'), join(world.mirror, '.git')]);
    expect(await codeOf(world.prune())).toBe('prune/shallow');
  });

  it('what no merged lockfile named: a branch that was merged counts when it was merged', async () => {
    const world = await pruneWorld({ one: ['3.18'], two: ['3.20'], never: ['edge'] });
    await world.lock({ two: ['3.20'] }, 60);
    await world.git('switch', '--quiet', '--create', 'bot');
    await world.lock({ two: ['3.20'], never: ['edge'] }, 59);
    await world.lock({ two: ['3.20'] }, 58);
    await world.git('switch', '--quiet', 'main');
    await world.git('merge', '--quiet', '--no-ff', '--message=Merge', 'bot');
    expect((await world.prune()).text).toContain('0 tags deleted, 0 kept');
    expect(await world.tags()).toHaveLength(3);
  });
});

describe('B5: prune counts by what was applied, and deletes only where nobody else writes', () => {
  it('a fast-forward merge of commits with old dates, which were never applied, deletes nothing', async () => {
    const world = await pruneWorld({ one: ['3.20'], theirs: ['edge'] });
    await world.lock({ one: ['3.20'] }, 70);
    await world.lock({ one: ['3.20'], theirs: ['edge'] }, 60, { marked: false });
    await world.lock({ one: ['3.20'] }, 50, { marked: false });
    expect((await world.prune()).text).toContain('0 tags deleted, 0 kept');
    expect(await world.tags()).toEqual(['3.20', 'edge']);
  });

  it('a tag counts as gone from the first mark without it, whatever the commits say', async () => {
    const world = await pruneWorld({ one: ['3.20'], old: ['3.18'] });
    await world.lock({ one: ['3.20'], old: ['3.18'] }, 90);
    await world.lock({ one: ['3.20'] }, 80, { marked: false });
    expect(deletedOf((await world.prune()).json)).toEqual([]);
    await world.lock({ one: ['3.20'] }, 10);
    expect(deletedOf((await world.prune()).json)).toEqual([]);
    await world.git('tag', '--delete', 'mirrored/10-days-ago');
    await world.lock({ one: ['3.20'] }, 40);
    expect(deletedOf((await world.prune()).json)).toEqual(['3.18']);
  });

  it('without marks, or with marks of another destination only, nothing is deleted, and that is said', async () => {
    const world = await threeReleases();
    world.configure((text) => text.replace('name: main', 'name: other'));
    const other = await world.prune();
    expect(other.exitCode).toBe(3);
    expect(other.problems).toMatchObject([{ code: 'prune/no-marks', value: 'other' }]);
    for (const days of [60, 40, 10]) await world.git('tag', '--delete', `mirrored/${days}-days-ago`);
    world.configure((text) => text.replace('name: other', 'name: main'));
    const none = await world.prune();
    expect(none.exitCode).toBe(3);
    expect((await world.prune({ dryRun: true })).exitCode).toBe(0);
    expect(none.problems).toMatchObject([{ code: 'prune/no-marks', severity: 'warning', value: 'main' }]);
    expect(await world.tags()).toHaveLength(5);
  });

  it('a destination that is not said to be exclusive keeps all; what would be deleted is named', async () => {
    const world = await threeReleases();
    world.configure((text) => text.replace(', exclusive: true', ''));
    const { exitCode, text, json, problems } = await world.prune();
    expect(exitCode).toBe(3);
    expect((await world.prune({ dryRun: true })).exitCode).toBe(0);
    expect(text).toMatch(/2 tags would be deleted(.|\n)*delete +alpine:3.18 /);
    expect(deletedOf(json)).toEqual([]);
    expect(json).toMatchObject({ destinations: [{ wouldDelete: [{ tag: '3.18' }, { tag: '3.18.1' }] }] });
    expect(problems).toMatchObject([
      { code: 'prune/not-exclusive', hint: expect.stringContaining('`exclusive: true`') },
    ]);
    expect(await world.notes()).toMatchObject([{ code: 'prune/waiting', hint: expect.stringContaining('exclusive') }]);
    expect(await world.tags()).toHaveLength(5);
  });
});

describe('what apply says of tags that wait for prune', () => {
  it('counts those that are still there, and not what is pruned already', async () => {
    const world = await threeReleases();
    expect(await world.notes()).toMatchObject([
      { code: 'prune/waiting', severity: 'warning', value: 'main', message: expect.stringMatching(/^2 tags that/) },
    ]);
    await world.prune();
    expect(await world.notes()).toEqual([]);
  });

  it('and says why it cannot be told', async () => {
    const world = await threeReleases();
    world.configure((text) => text.replace(world.host, '127.0.0.1:1'));
    expect(await world.notes()).toMatchObject([{ code: 'registry/network', severity: 'warning' }]);
  });
});
