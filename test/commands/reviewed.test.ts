import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatLockfile } from '../../src/lock/format.ts';
import { type LockedGroup, lockedGroups } from '../../src/lock/types.ts';
import { gitIn } from '../support/git.ts';
import { destinationTags, expectJson, lockedTags, lockText, mirrorlock, readLock } from '../support/mirror.ts';
import { tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld, type World } from '../support/world.ts';

function edit(world: World, file: string, change: (text: string) => string): void {
  const path = join(world.mirror, file);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

async function commit(world: World, message: string): Promise<string> {
  const git = gitIn(world.mirror);
  await git('add', '--all');
  await git('commit', '--quiet', `--message=${message}`);
  return git('rev-parse', 'HEAD');
}

/** A mirror whose lockfile is committed, and all of it at the destination where `applied`. */
async function committedMirror(images: string, { applied = false } = {}): Promise<World> {
  const world = await setWorld({ images, library: tinyLibrary });
  await expectJson(world, ['lock']);
  await commit(world, 'Lock');
  if (applied) await expectJson(world, ['apply']);
  return world;
}

describe('B1: the rules are tried on every locked tag, whatever the hash says', () => {
  it('of two pull requests that git merges, the tag that the other one excludes is not put', async () => {
    const world = await committedMirror('{include: [busybox]}');
    const git = gitIn(world.mirror);
    const widened = (text: string) => text.replace('{include: [busybox]}', '{include: [busybox, alpine]}');
    // Both are made from one base that has no alpine; the hash that wins is that of the rules as they are merged.
    edit(world, 'mirrors.yaml', widened);
    await expectJson(world, ['lock']);
    const withAlpine = lockText(world);
    edit(world, 'mirrors.yaml', (text) =>
      text.replace('alpine]}', 'alpine], exclude: [{image: alpine, tags: ["3.23*"]}]}'),
    );
    await expectJson(world, ['lock']);
    const [, hash = ''] = /^config: (.*)$/m.exec(lockText(world)) ?? [];
    writeFileSync(join(world.mirror, 'mirrors.lock.yaml'), withAlpine.replace(/^config: .*$/m, `config: ${hash}`));
    await git('add', '--all');
    await git('commit', '--quiet', '--message=Merge');

    const checked = await mirrorlock(world, ['check']);
    expect(checked.code, checked.stderr).toBe(3);
    expect(checked.stderr).toContain('alpine:3.23.5');
    const planned = await mirrorlock(world, ['plan']);
    expect(planned.code, planned.stderr).toBe(3);
    expect(planned.stdout).not.toContain('3.23');
    const applied = await mirrorlock(world, ['apply']);
    expect(applied.code, applied.stderr).toBe(3);
    expect(applied.stderr).toMatch(/error lock\/unwanted(.|\n)*alpine:3\.23\.5/);
    const tags = [...(await destinationTags(world)).keys()];
    expect(tags).toContain('alpine:3.24.1');
    expect(tags.filter((tag) => tag.startsWith('alpine:3.23'))).toEqual([]);
  });

  it('an image that was put into the lockfile by hand, with the hash kept, is not put', async () => {
    const world = await setWorld({ images: '{include: ["*"]}', library: tinyLibrary });
    await expectJson(world, ['lock']);
    const [all] = /\n {2}alpine:\n(?: {4}.*\n)+/.exec(lockText(world)) ?? [''];
    edit(world, 'mirrors.yaml', (text) => text.replace('["*"]', '[busybox]'));
    await expectJson(world, ['lock']);
    edit(world, 'mirrors.lock.yaml', (text) => text.replace('\nimages:', `\nimages:${all.trimEnd()}`));
    expect((await mirrorlock(world, ['check'])).code).toBe(3);
    expect((await mirrorlock(world, ['apply'])).code).toBe(3);
    expect([...(await destinationTags(world)).keys()].filter((tag) => tag.startsWith('alpine'))).toEqual([]);
  });

  it('with --at the rules are those of that revision', async () => {
    const world = await committedMirror('{include: ["*"]}');
    const then = await gitIn(world.mirror)('rev-parse', 'HEAD');
    edit(world, 'mirrors.yaml', (text) => text.replace('["*"]', '[busybox]'));
    await expectJson(world, ['lock']);
    await commit(world, 'Only busybox');
    const report = await expectJson(world, ['apply', '--at', then]);
    expect(report.counts).toMatchObject({ failed: 0 });
    expect([...(await destinationTags(world)).keys()]).toContain('alpine:3.24.1');
    // A tag that the rules of its own revision do not want is left out.
    await gitIn(world.mirror)('checkout', '--quiet', then, '--', 'mirrors.lock.yaml');
    const mixed = await commit(world, 'A lockfile of other rules');
    expect((await mirrorlock(world, ['apply', '--at', mixed])).code).toBe(3);
  });
});

/** A mirror that is cloned from a remote, as a person or a CI has it. */
async function clonedMirror(): Promise<World> {
  const world = await committedMirror('{include: ["*"]}');
  const remote = join(world.home, 'remote.git');
  await gitIn(world.home)('clone', '--quiet', '--bare', world.mirror, remote);
  const mirror = join(world.home, 'clone');
  await gitIn(world.home)('clone', '--quiet', remote, mirror);
  return { ...world, mirror };
}

/** Drops a tag from the lockfile, so that it differs from what was merged. */
function dropTag(world: World): void {
  edit(world, 'mirrors.lock.yaml', (text) => text.replace(/\n +- "3\.23"/, ''));
}

const ci = { CI: 'true' };

describe('B3: what is applied was merged', () => {
  it('an uncommitted lockfile is a warning on a person’s machine, and an error in CI', async () => {
    const world = await clonedMirror();
    dropTag(world);
    const refused = await mirrorlock(world, ['apply'], ci);
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toMatch(/error review\/uncommitted(.|\n)*--unreviewed/);
    expect(await destinationTags(world)).toEqual(new Map());
    expect((await mirrorlock(world, ['plan'], ci)).code).toBe(0);
    const warned = await mirrorlock(world, ['apply', '--image', 'busybox']);
    expect(warned.code, warned.stderr).toBe(0);
    expect(warned.stderr).toContain('warning review/uncommitted');
    const told = await mirrorlock(world, ['apply', '--unreviewed'], ci);
    expect(told.code, told.stderr).toBe(0);
    expect(told.stderr).toContain('warning review/uncommitted');
  });

  it('a lockfile of an unmerged branch likewise, and one that the branch leaves as it is is merged', async () => {
    const world = await clonedMirror();
    const git = gitIn(world.mirror);
    await git('switch', '--quiet', '--create', 'feature');
    writeFileSync(join(world.mirror, 'README.md'), 'More words.\n');
    await commit(world, 'Words');
    expect((await mirrorlock(world, ['apply', '--image', 'busybox'], ci)).code).toBe(0);
    dropTag(world);
    await commit(world, 'Drop a tag');
    const refused = await mirrorlock(world, ['apply'], ci);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('error review/unmerged');
    expect((await mirrorlock(world, ['apply'])).stderr).toContain('warning review/unmerged');
    await git('push', '--quiet', 'origin', 'feature:main');
    const merged = await mirrorlock(world, ['apply'], ci);
    expect(merged.code, merged.stderr).toBe(0);
    expect(merged.stderr).not.toContain('review/');
  });

  it('--at takes what the branch had as its tip; a mark on an unmerged commit, or below a merge, is refused', async () => {
    const world = await clonedMirror();
    const git = gitIn(world.mirror);
    const first = await git('rev-parse', 'HEAD');
    await git('tag', '--annotate', '--message=Mark', 'mirrored/2026-01-01T0000Z');
    await git('switch', '--quiet', '--create', 'feature');
    dropTag(world);
    await commit(world, 'Drop a tag');
    await git('tag', '--annotate', '--message=Mark', 'mirrored/2026-01-02T0000Z');
    await git('switch', '--quiet', 'main');
    const applied = await mirrorlock(world, ['apply', '--at', 'mirrored/2026-01-01T0000Z'], ci);
    expect(applied.code, applied.stderr).toBe(0);
    expect(applied.stdout).toContain('git checkout mirrored/2026-01-01T0000Z -- mirrors.yaml mirrors.lock.yaml');
    const at = ['apply', '--at', 'mirrored/2026-01-02T0000Z'];
    const refused = await mirrorlock(world, at);
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toContain('error review/unmerged');
    expect((await mirrorlock(world, [...at, '--unreviewed'])).code).toBe(0);
    expect((await mirrorlock(world, ['plan', ...at.slice(1)], ci)).code).toBe(0);
    await git('merge', '--quiet', '--no-ff', '--message=Merge', 'feature');
    await git('push', '--quiet', 'origin', 'main');
    expect((await mirrorlock(world, at)).stderr).toContain('error review/unmerged');
    expect((await mirrorlock(world, ['apply', '--at', first], ci)).code).toBe(0);
  });

  it('a folder without git is a warning on a person’s machine, and an error in CI', async () => {
    const world = await clonedMirror();
    rmSync(join(world.mirror, '.git'), { recursive: true });
    const refused = await mirrorlock(world, ['apply'], ci);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('error review/no-git');
    const warned = await mirrorlock(world, ['apply']);
    expect(warned.code, warned.stderr).toBe(0);
    expect(warned.stderr).toContain('warning review/no-git');
  });

  it('a shallow clone of the branch’s tip is merged, and has no earlier states', async () => {
    const world = await clonedMirror();
    const git = gitIn(world.mirror);
    await git('commit', '--quiet', '--allow-empty', '--message=Nothing');
    await git('push', '--quiet', 'origin', 'main');
    const before = await git('rev-parse', 'HEAD~1');
    const shallow = { ...world, mirror: join(world.home, 'shallow') };
    await gitIn(world.home)(
      'clone',
      '--quiet',
      '--depth=1',
      `file://${join(world.home, 'remote.git')}`,
      shallow.mirror,
    );
    expect((await mirrorlock(shallow, ['apply'], ci)).code).toBe(0);
    const { stderr } = await mirrorlock(shallow, ['apply', '--at', before], ci);
    expect(stderr).toMatch(/git\/unknown-revision|review\/shallow/);
  });

  it('import and prune ask the same', async () => {
    const world = await clonedMirror();
    const folder = join(world.home, 'export');
    await expectJson(world, ['export', folder]);
    edit(world, 'mirrors.yaml', (text) => `${text}\npolicy: {dropped: prune}\n`);
    await gitIn(world.mirror)('switch', '--quiet', '--create', 'feature');
    edit(world, 'mirrors.lock.yaml', (text) => `${text}# Read me\n`);
    await commit(world, 'An unmerged lockfile');
    for (const args of [['import', folder], ['prune']]) {
      const refused = await mirrorlock(world, args, ci);
      expect(refused.code, refused.stderr).toBe(2);
      expect(refused.stderr).toContain('error review/unmerged');
      const told = await mirrorlock(world, [...args, '--unreviewed'], ci);
      // Nothing is marked: prune deletes nothing, and says so by its exit code.
      expect(told.code, told.stderr).toBe(args[0] === 'prune' ? 3 : 0);
      expect(told.stderr).toContain('warning review/unmerged');
    }
  });
});

const indexType = 'application/vnd.oci.image.index.v1+json';

/** Puts an index at the destination that the source does not have: the one of a tag, with an annotation. */
async function putForeign(world: World, tag: string): Promise<string> {
  const url = `http://${world.destination.host}/v2/mirror/alpine/manifests`;
  const found = await fetch(`${url}/${tag}`, { headers: { accept: indexType } });
  const bytes = JSON.stringify({ ...((await found.json()) as object), annotations: { by: 'hand' } });
  const put = await fetch(`${url}/by-hand`, { method: 'PUT', body: bytes, headers: { 'content-type': indexType } });
  expect(put.status).toBe(201);
  return put.headers.get('docker-content-digest') ?? '';
}

function digestOf(world: World, tag: string): string {
  return lockedTags(readLock(world)).get(`alpine:${tag}`) ?? '';
}

describe('B2: a digest that source, alternates and earlier merged lockfiles do not know', () => {
  it('is not tagged by apply, though the destination has it; the other groups are applied', async () => {
    const world = await committedMirror('{include: ["*"]}', { applied: true });
    const foreign = await putForeign(world, '3.23.5');
    edit(world, 'mirrors.lock.yaml', (text) => text.replace(digestOf(world, '3.23.5'), foreign));
    await commit(world, 'By hand');
    const { code, stderr } = await mirrorlock(world, ['apply']);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/error apply\/unknown-digest(.|\n)*seen: sha256/);
    expect((await destinationTags(world)).get('alpine:3.23.5')).not.toBe(foreign);
  });

  it('is believed where an earlier merged lockfile had it, though upstream has deleted it', async () => {
    const world = await committedMirror('{include: ["*"]}', { applied: true });
    const old = digestOf(world, '3.23.5');
    publish(world.upstream, world.source, { rebuilt: ['alpine'] });
    await expectJson(world, ['lock']);
    await commit(world, 'Rebuilt');
    await expectJson(world, ['apply']);
    world.source.respond(({ reference }) => (reference === old ? { status: 404, body: '{}' } : undefined));
    edit(world, 'mirrors.lock.yaml', (text) => text.replace(digestOf(world, '3.23.5'), old));
    await commit(world, 'Back');
    const report = await expectJson(world, ['apply']);
    expect(report.counts).toMatchObject({ copied: 0, tagged: 2, failed: 0 });
    expect((await destinationTags(world)).get('alpine:3.23.5')).toBe(old);
  });

  it('is not known because it is merged twice; where marks say what was applied, only what they name is', async () => {
    const world = await committedMirror('{include: ["*"]}', { applied: true });
    const foreign = await putForeign(world, '3.23.5');
    const sound = lockText(world);
    edit(world, 'mirrors.lock.yaml', (text) => text.replace(digestOf(world, '3.23.5'), foreign));
    const forged = lockText(world);
    await commit(world, 'By hand');
    const refused = async () => {
      const { code, stderr } = await mirrorlock(world, ['apply']);
      expect(code, stderr).toBe(1);
      expect(stderr).toContain('error apply/unknown-digest');
    };
    edit(world, 'mirrors.lock.yaml', (text) => text.replace(/\n +- "3\.24"/, ''));
    await commit(world, 'Something else');
    await refused();

    writeFileSync(join(world.mirror, 'mirrors.lock.yaml'), sound);
    await commit(world, 'Away');
    const message = '2 images, 4 tags: all of it is at: main';
    await gitIn(world.mirror)('tag', '--annotate', `--message=${message}`, 'mirrored/2026-01-01T0000Z');
    writeFileSync(join(world.mirror, 'mirrors.lock.yaml'), forged);
    await commit(world, 'By hand again');
    await refused();
    expect((await destinationTags(world)).get('alpine:3.23.5')).not.toBe(foreign);
  });
});

describe('B2: check asks the source for what a pull request changes', () => {
  /** A clone in which a branch is checked out that changes the lockfile. */
  async function proposal(change: (world: World) => Promise<void> | void): Promise<World> {
    const world = await clonedMirror();
    await gitIn(world.mirror)('switch', '--quiet', '--create', 'feature');
    await change(world);
    await commit(world, 'Change');
    expect((await mirrorlock(world, ['render'])).code).toBe(0);
    world.source.reset();
    return world;
  }

  /** Gives a tag a digest that nobody has. */
  function byZeros(world: World): void {
    edit(world, 'mirrors.lock.yaml', (text) => text.replace(digestOf(world, '3.23.5'), `sha256:${'0'.repeat(64)}`));
  }

  const pullRequest = { ...ci, GITHUB_BASE_REF: 'main' };

  it('a digest that nobody knows makes it red, at no counted pull; on a person’s machine it stays offline', async () => {
    const world = await proposal(byZeros);
    const checked = await mirrorlock(world, ['check'], pullRequest);
    expect(checked.code, checked.stderr).toBe(3);
    expect(checked.stderr).toMatch(/error check\/unknown-digest(.|\n)*alpine:3\.23\.5, alpine:3\.23/);
    expect(world.source.counts().manifestGet).toBe(0);
    world.source.reset();
    expect((await mirrorlock(world, ['check'])).code).toBe(0);
    expect(world.source.counts().requests).toBe(0);
    expect((await mirrorlock(world, ['check', '--against', 'main'])).code).toBe(3);
  });

  it('a tag at a digest of another tag, and a rollback, are notes to look at first', async () => {
    const world = await proposal((at) =>
      edit(at, 'mirrors.lock.yaml', (text) =>
        text.replace('\n        - "3.23"', '').replace(/("3\.24\.1")/, '$1\n        - "3.23"'),
      ),
    );
    const checked = await mirrorlock(world, ['check', '--summary', join(world.home, 'summary.md')], pullRequest);
    expect(checked.code, checked.stderr).toBe(0);
    expect(checked.stderr).toMatch(/warning check\/tag-elsewhere(.|\n)*alpine:3\.23/);
    expect(readFileSync(join(world.home, 'summary.md'), 'utf8')).toMatch(/^### Look at first\n\n.*tag-elsewhere/);

    const git = gitIn(world.mirror);
    await git('checkout', '--quiet', '--force', 'main');
    const old = digestOf(world, '3.23.5');
    publish(world.upstream, world.source, { rebuilt: ['alpine'] });
    await expectJson(world, ['lock']);
    await commit(world, 'Rebuilt');
    await git('push', '--quiet', 'origin', 'main');
    await git('switch', '--quiet', '--create', 'back');
    edit(world, 'mirrors.lock.yaml', (text) => text.replace(digestOf(world, '3.23.5'), old));
    await commit(world, 'Back');
    await mirrorlock(world, ['render']);
    const back = await mirrorlock(world, ['check'], pullRequest);
    expect(back.code, back.stderr).toBe(0);
    expect(back.stderr).toMatch(/warning check\/rollback(.|\n)*alpine:3\.23\.5/);
  });

  it('what is merged already is no rollback: nothing replaced it', async () => {
    const world = await clonedMirror();
    publish(world.upstream, world.source, { rebuilt: ['alpine'] });
    await expectJson(world, ['lock']);
    await mirrorlock(world, ['render']);
    await commit(world, 'Rebuilt');
    await gitIn(world.mirror)('push', '--quiet', 'origin', 'main');
    const { code, stderr } = await mirrorlock(world, ['check', '--against', 'HEAD~1']);
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('check/rollback');
  });

  it('a rollback is one too where the tag is back at the source', async () => {
    const world = await clonedMirror();
    publish(world.upstream, world.source, { rebuilt: ['alpine'] });
    await expectJson(world, ['lock']);
    await commit(world, 'Rebuilt');
    await gitIn(world.mirror)('push', '--quiet', 'origin', 'main');
    publish(world.upstream, world.source);
    await gitIn(world.mirror)('switch', '--quiet', '--create', 'back');
    await expectJson(world, ['lock']);
    await mirrorlock(world, ['render']);
    await commit(world, 'Back');
    const { code, stderr } = await mirrorlock(world, ['check'], pullRequest);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/warning check\/rollback(.|\n)*alpine:3\.23\.5/);
    expect(stderr).not.toContain('check/tag-elsewhere');
  });

  describe('and makes a rewritten index anew of its sources', () => {
    const alpine = tinyLibrary.alpine.replace('Architectures: amd64\n', 'Architectures: amd64, arm64v8\n');
    const twoOfTwo = { alpine };
    const amd64 = '\nplatforms: [linux/amd64]\n';

    async function rewritten(change: (world: World) => void): Promise<World> {
      const world = await setWorld({ images: '{include: [alpine]}', library: twoOfTwo });
      edit(world, 'mirrors.yaml', (text) => `${text}${amd64}`);
      await commit(world, 'No lockfile yet');
      await gitIn(world.mirror)('switch', '--quiet', '--create', 'feature');
      await expectJson(world, ['lock']);
      await mirrorlock(world, ['render']);
      change(world);
      await commit(world, 'Lock');
      world.source.reset();
      return world;
    }

    it('and is green where they give it, at one counted pull for each', async () => {
      const world = await rewritten(() => {});
      const { code, stderr } = await mirrorlock(world, ['check', '--against', 'main']);
      expect(code, stderr).toBe(0);
      expect(world.source.counts().manifestGet).toBe(2);
    });

    it('and is red where its children are those of another tag, though the source has all of them', async () => {
      const world = await rewritten((at) => {
        const lockfile = readLock(at);
        const images = lockfile.images.map((image) => {
          const [one, other] = lockedGroups(image);
          if (one?.index === undefined || other?.index === undefined)
            throw new Error('Two rewritten groups are needed.');
          const swap = (group: LockedGroup, { digest, index }: LockedGroup) => ({
            ...{ tags: group.tags, digest },
            ...(group.index && index && { index: { ...index, sources: group.index.sources } }),
          });
          return { ...image, entries: [swap(one, other), swap(other, one)] };
        });
        writeFileSync(join(at.mirror, 'mirrors.lock.yaml'), formatLockfile({ ...lockfile, images }));
      });
      await mirrorlock(world, ['render']);
      const { code, stderr } = await mirrorlock(world, ['check', '--against', 'main']);
      expect(code, stderr).toBe(3);
      expect(stderr).toMatch(/error check\/other-index(.|\n)*alpine:3\.23/);
      expect(stderr).not.toContain('check/tag-elsewhere');
    });

    it('and warns where the pulls are used up', async () => {
      const world = await rewritten(() => {});
      edit(world, 'mirrors.yaml', (text) =>
        text.replace('insecure: true}\nd', 'insecure: true, budget: {pulls: 1}}\nd'),
      );
      const { code, stderr } = await mirrorlock(world, ['check', '--against', 'main']);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('warning apply/budget');
    });
  });

  it('a source that cannot be asked is an error, and a clone without the base too', async () => {
    const world = await proposal(byZeros);
    world.source.respond(({ kind }) => (kind === 'manifest' ? { status: 403, body: '{}' } : undefined));
    const checked = await mirrorlock(world, ['check'], pullRequest);
    expect(checked.code, checked.stderr).toBe(1);
    expect(checked.stderr).toContain('error registry/denied');
    world.source.respond(undefined);
    const lost = await mirrorlock(world, ['check'], { ...ci, GITHUB_BASE_REF: 'release' });
    expect(lost.code).toBe(2);
    expect(lost.stderr).toMatch(/error check\/no-base(.|\n)*fetch-depth: 0/);
  });
});
