import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { yaml } from './support.ts';

const secret = 'aHVudGVyMg==';
let home: string;
beforeAll(() => {
  home = temporaryDirectory().path;
  writeFileSync(join(home, 'auth.json'), `{"auths": {"ghcr.io": {"auth": "${secret}"}}}\n`);
  mkdirSync(join(home, 'elsewhere'));
  writeFileSync(join(home, 'elsewhere/mirrors.yaml'), `foo: ${secret}\n`);
});

/** A mirror repository with a symbolic link. */
function repositoryWith(link: string, target: string): string {
  const folder = temporaryDirectory().path;
  symlinkSync(target, join(folder, link));
  return folder;
}

describe('C3: mirrors.yaml as a symbolic link', () => {
  it.each(['check', 'lock', 'plan', 'expand', 'render', 'apply', 'simulate --since 2026-01-01', 'budget', 'verify'])(
    'is refused by %s, which prints nothing of its target',
    async (command) => {
      const folder = repositoryWith('mirrors.yaml', join(home, 'auth.json'));
      const { code, stdout, stderr } = await runCli([...command.split(' '), '-C', folder]);
      expect(code).toBe(2);
      expect(stderr).toContain('config/symbolic-link');
      expect(stdout + stderr).not.toContain(secret);
    },
  );

  it('is refused behind a link to a folder, and as a link inside the repository', async () => {
    const folder = repositoryWith('config', join(home, 'elsewhere'));
    writeFileSync(join(folder, 'real.yaml'), yaml());
    symlinkSync('real.yaml', join(folder, 'mirrors.yaml'));
    for (const args of [['--config', 'config/mirrors.yaml'], ['--config', join(folder, 'mirrors.yaml')], []]) {
      const { code, stdout, stderr } = await runCli(['check', '-C', folder, ...args]);
      expect([code, stderr.includes('config/symbolic-link')], stderr).toEqual([2, true]);
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('is read where the user names it outside the repository, or the repository lies behind a link', async () => {
    const folder = temporaryDirectory().path;
    const mounted = repositoryWith('mirrors.yaml', join(folder, 'mirrors.yaml'));
    writeFileSync(join(folder, 'mirrors.yaml'), yaml());
    const outside = await runCli(['check', '-C', folder, '--config', join(mounted, 'mirrors.yaml')]);
    expect(outside.stderr).not.toContain('config/');
    const behind = repositoryWith('mirror', folder);
    expect((await runCli(['check', '-C', join(behind, 'mirror')])).stderr).not.toContain('config/');
  });

  it('nor is a lockfile that diff names', async () => {
    const folder = repositoryWith('old.lock.yaml', join(home, 'auth.json'));
    const { code, stdout, stderr } = await runCli(['diff', 'old.lock.yaml', '-C', folder]);
    expect([code, stderr.includes('lock/symbolic-link')], stderr).toEqual([2, true]);
    expect(stdout + stderr).not.toContain(secret);
  });
});
