import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gitIn } from '../support/git.ts';
import { destinationTags, expectJson, lockText, mirrorlock } from '../support/mirror.ts';
import { tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

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
