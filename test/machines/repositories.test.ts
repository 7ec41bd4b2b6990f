import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { gitIn } from '../support/git.ts';
import { mirrorlock } from '../support/mirror.ts';
import { findProgram } from '../support/programs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

let world: World;
/** A bare repository with two commits of a mirror: its first lockfile, and one without busybox. */
let remote: string;

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  writeFileSync(
    join(world.mirror, 'mirrors.yaml'),
    `${readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8')}\nci: {provider: github}\npolicy: {dropped: prune}\n`,
  );
  const git = gitIn(world.mirror);
  for (const command of ['lock', 'render']) expect((await mirrorlock(world, [command])).code).toBe(0);
  await git('add', '--all');
  await git('commit', '--quiet', '--message=first');
  await git('tag', 'mirrored/first');
  writeFileSync(join(world.mirror, 'README.md'), 'A mirror\n');
  await git('add', '--all');
  await git('commit', '--quiet', '--message=second');
  remote = join(world.home, 'remote.git');
  await git('clone', '--quiet', '--bare', world.mirror, remote);
  await gitIn(remote)('config', 'uploadpack.allowFilter', 'true');
  await gitIn(remote)('config', 'uploadpack.allowAnySHA1InWant', 'true');
});

/** A clone of the mirror, made with these options. */
async function clone(...options: string[]): Promise<string> {
  const folder = join(temporaryDirectory().path, 'clone');
  await gitIn(world.home)('clone', '--quiet', ...options, `file://${remote}`, folder);
  return folder;
}

const run = (folder: string, args: readonly string[], env: Record<string, string> = {}) =>
  runCli([...args, '-C', folder], { env: { MIRRORLOCK_CACHE: join(world.home, 'cache'), ...env } });

/** A PATH whose git takes every repository for somebody else's, as it does where the owner differs. */
function otherOwner(): string {
  const folder = temporaryDirectory().path;
  const script = `#!/bin/sh\nexport GIT_TEST_ASSUME_DIFFERENT_OWNER=1\nexec '${findProgram('git')}' "$@"\n`;
  writeFileSync(join(folder, 'git'), script, { mode: 0o755 });
  return `${folder}:${process.env['PATH']}`;
}

/** Commands that read the mirror's git repository. */
const readers = [['diff'], ['verify', '--at', 'HEAD'], ['prune', '--dry-run'], ['update', '--dry-run']];

describe('E: repositories as they are', () => {
  it('core.autocrlf: a fresh clone is current, and its templates give what those with LF give', async () => {
    const folder = await clone('--config', 'core.autocrlf=true');
    expect(readFileSync(join(folder, 'mirrors.lock.yaml'), 'utf8')).toContain('\r\n');
    mkdirSync(join(folder, 'templates/sync'), { recursive: true });
    const template = readFileSync(new URL('../../templates/sync/image.yaml.hbs', import.meta.url), 'utf8');
    writeFileSync(join(folder, 'templates/sync/image.yaml.hbs'), template.replaceAll('\n', '\r\n'));
    for (const args of [['check'], ['render', '--check']]) {
      const { code, stdout, stderr } = await run(folder, args);
      expect(code, stdout + stderr).toBe(0);
    }
    expect(await gitIn(folder)('status', '--porcelain')).toBe('?? templates/');
    expect((await run(folder, ['render'])).code).toBe(0);
    expect(await gitIn(folder)('status', '--porcelain')).toBe('?? templates/');
    expect((await run(folder, ['prune', '--dry-run'])).stderr).not.toContain('lockfile-differs');
  });

  it('a byte order mark on rendered files is no change, and no file of somebody else', async () => {
    const folder = await clone();
    const workflow = join(folder, '.github/workflows/mirrorlock-update.yml');
    for (const path of [workflow, join(folder, 'sync/alpine.yaml'), join(folder, 'mirrors.lock.yaml')]) {
      writeFileSync(path, `\ufeff${readFileSync(path, 'utf8')}`);
    }
    const { code, stdout, stderr } = await run(folder, ['check']);
    expect(code, stdout + stderr).toBe(0);
    writeFileSync(workflow, `\ufeff${readFileSync(join(folder, '.github/workflows/mirrorlock-drift.yml'), 'utf8')}`);
    expect((await run(folder, ['render'])).code).toBe(0);
    expect(readFileSync(workflow, 'utf8')).toMatch(/^# Generated/);
  });

  it.each(readers)('an owner that git does not trust is named by %s, with a remedy that works', async (...args) => {
    const folder = await clone();
    const home = temporaryDirectory().path;
    const env = { PATH: otherOwner(), HOME: home };
    const { code, stderr } = await run(folder, args, env);
    expect(stderr).toContain('git/foreign-repository');
    expect(code).toBe(2);
    const remedy = /`(git config --global .*?)`/.exec(stderr)?.[1] ?? 'false';
    execFileSync('sh', ['-c', remedy], { env: { HOME: home, PATH: process.env['PATH'] } });
    expect((await run(folder, args, env)).stderr).not.toContain('git/foreign-repository');
  });

  it.each([...readers, ['expand']])('no git on the PATH is said as such by %s', async (...args) => {
    const bin = temporaryDirectory().path;
    symlinkSync(process.execPath, join(bin, 'node'));
    const { code, stderr } = await run(await clone(), args, { PATH: bin });
    expect(stderr).toMatch(/(git\/missing|upstream\/git-missing): .*git/);
    expect(code).toBe(2);
  });

  it('a worktree and a submodule are repositories as any other', async () => {
    const folder = await clone();
    await gitIn(folder)('worktree', 'add', '--quiet', '../worktree', 'HEAD');
    const around = temporaryDirectory().path;
    await gitIn(around)('init', '--quiet');
    await gitIn(around)('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', remote, 'mirror');
    for (const place of [join(folder, '../worktree'), join(around, 'mirror')]) {
      expect((await run(place, ['diff'])).stdout).toContain('no change');
      expect((await run(place, ['check'])).code).toBe(0);
    }
  });

  it('a submodule that is not checked out is named', async () => {
    const around = temporaryDirectory().path;
    const git = gitIn(around);
    await git('init', '--quiet', '--initial-branch=main');
    await git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', remote, 'mirror');
    await git('commit', '--quiet', '--message=first');
    const top = join(temporaryDirectory().path, 'top');
    await git('clone', '--quiet', around, top);
    for (const args of [['update', '--dry-run'], ['check'], ['plan'], ['lock'], ['render'], ['expand'], ['diff']]) {
      const { code, stderr } = await run(join(top, 'mirror'), args);
      expect(stderr, args.join(' ')).toContain('git/submodule');
      expect(stderr).toContain('git submodule update --init -- mirror');
      expect(code).toBe(2);
    }
  });

  it('a shallow clone is named, and the remedy works', async () => {
    const folder = await clone('--depth=1', '--no-tags');
    const { code, stderr } = await run(folder, ['diff', 'mirrored/first']);
    expect([code, stderr.includes('git/unknown-revision'), stderr.includes('shallow')]).toEqual([2, true, true]);
    expect((await run(folder, ['prune', '--dry-run'])).stderr).toContain('prune/shallow');
    const remedy = /`(git fetch .*?)`/.exec(stderr)?.[1] ?? '';
    await gitIn(folder)(...remedy.split(' ').slice(1));
    expect((await run(folder, ['diff', 'mirrored/first'])).code).toBe(0);
  });

  it('a partial clone whose remote is away is named, and the remedy works once it is back', async () => {
    const folder = await clone('--filter=blob:none', '--no-checkout');
    await gitIn(folder)('remote', 'set-url', 'origin', `file://${remote}-away`);
    writeFileSync(join(folder, 'mirrors.lock.yaml'), readFileSync(join(world.mirror, 'mirrors.lock.yaml')));
    const { code, stderr } = await run(folder, ['diff', 'HEAD']);
    expect([code, stderr.includes('git/partial-clone')], stderr).toEqual([2, true]);
    await gitIn(folder)('remote', 'set-url', 'origin', `file://${remote}`);
    const remedy = /`(git fetch .*?)`/.exec(stderr)?.[1] ?? '';
    await gitIn(folder)(...remedy.split(' ').slice(1));
    await gitIn(folder)('remote', 'set-url', 'origin', `file://${remote}-away`);
    expect((await run(folder, ['diff', 'HEAD'])).code).toBe(0);
  });
});
