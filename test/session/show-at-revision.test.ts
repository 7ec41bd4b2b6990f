import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { showAtRevision } from '../../src/session/mirror-repository.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const text = 'version: 1\n\n';

describe('a file at a revision', () => {
  const top = temporaryDirectory().path;
  const directory = join(top, 'mirror');
  const { signal } = new AbortController();

  beforeAll(() => {
    mkdirSync(join(directory, 'deep'), { recursive: true });
    writeFileSync(join(directory, 'file'), text);
    writeFileSync(join(directory, 'deep', 'file'), 'deep');
    const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, env });
    git('init', '--quiet', '--initial-branch=main');
    git('add', '.');
    git('-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '--quiet', '--message=x');
  });

  const show = (revision: string, options: Partial<Parameters<typeof showAtRevision>[0]> = {}, file = 'file') =>
    showAtRevision({ directory, env, signal, ...options }, revision, file);

  test('is as it was committed, in a folder of the repository as well', async () => {
    expect(await show('HEAD')).toBe(text);
    expect(await show('main', { directory: join(directory, 'deep') })).toBe('deep');
  });

  test('is undefined where the revision has none of that name', async () => {
    expect(await show('HEAD', {}, 'absent')).toBeUndefined();
  });

  test('a revision that is not there is named', async () => {
    for (const revision of ['nonsense', '--output=x', '']) {
      await expect(show(revision)).rejects.toMatchObject({ problems: [{ code: 'git/unknown-revision' }] });
    }
  });

  test('a folder that is in no work tree is named', async () => {
    await expect(show('HEAD', { directory: top })).rejects.toMatchObject({
      problems: [{ code: 'git/not-a-repository', value: top }],
    });
  });

  test('with no git on the PATH it is said that git is missing', async () => {
    await expect(show('HEAD', { env: { ...env, PATH: top } })).rejects.toMatchObject({
      problems: [{ code: 'git/missing' }],
    });
  });

  test('git is given the environment of the command, and no other', async () => {
    const settings = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };
    const owned = { ...env, GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' };
    expect(await show('HEAD', { env: { ...owned, ...settings, GIT_DIR: top, GIT_SSH_COMMAND: 'ssh -x' } })).toBe(text);
  });

  test('an interrupt ends it', async () => {
    const reason = new Error('interrupted');
    await expect(show('HEAD', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
