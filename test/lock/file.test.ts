import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { lockfileName, readLockfile, writeLockfile } from '../../src/lock/file.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import { locked, lockedImage, lockfile } from '../support/lockfiles.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const small = lockfile(lockedImage('alpine', locked('a', '3.23.2 latest')));
const manyTags = Array.from({ length: 20_000 }, (_, index) => `tag-${index}`).join(' ');
const large = ['a', 'b'].map((name) => lockfile(lockedImage('debian', locked(name, manyTags))));
let path: string;

beforeEach(() => {
  path = join(temporaryDirectory().path, lockfileName);
});

describe('a lockfile', () => {
  test('is read as it was written', async () => {
    expect(await writeLockfile(path, small)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe(formatLockfile(small));
    expect(await readLockfile(path)).toEqual(small);
  });

  test('that is not there is undefined', async () => {
    expect(await readLockfile(path)).toBeUndefined();
  });

  test('that is refused is named without its folder', async () => {
    writeFileSync(path, 'nonsense');
    await expect(readLockfile(path)).rejects.toMatchObject({
      problems: [{ code: 'lock/invalid', place: { file: lockfileName, line: 1, column: 1 } }],
    });
  });

  test('that is a folder, or a link to somewhere else, is neither read nor written', async () => {
    mkdirSync(path);
    await expect(readLockfile(path)).rejects.toMatchObject({ problems: [{ code: 'lock/not-a-file' }] });
    const folder = temporaryDirectory().path;
    const target = join(folder, 'elsewhere');
    symlinkSync(target, join(folder, lockfileName));
    const link = join(folder, lockfileName);
    await expect(readLockfile(link)).rejects.toMatchObject({ problems: [{ code: 'lock/symbolic-link' }] });
    await expect(writeLockfile(link, small)).rejects.toBeInstanceOf(UserError);
    expect(existsSync(target)).toBe(false);
  });
});

describe('promise 4: an unchanged world costs no write', () => {
  test('a lockfile of the same bytes is left alone', async () => {
    await writeLockfile(path, small);
    utimesSync(path, 1000, 1000);
    const before = statSync(path);
    expect(await writeLockfile(path, small)).toBe(false);
    const after = statSync(path);
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });
});

describe('promise 6: a file is replaced whole or not at all', () => {
  test('who reads all the while sees the old one or the new one, never half of one', async () => {
    const wholes = large.map(formatLockfile);
    await writeLockfile(path, large[0] as (typeof large)[0]);
    let done = false;
    const reads = (async () => {
      const seen = new Set<number>();
      while (!done) seen.add(wholes.indexOf(await readFile(path, 'utf8')));
      return seen;
    })();
    for (let turn = 1; turn <= 20; turn += 1) await writeLockfile(path, large[turn % 2] as (typeof large)[0]);
    done = true;
    expect([...(await reads)].sort()).toEqual([0, 1]);
  });

  test('a process that is killed while it writes leaves a whole one', async () => {
    const wholes = large.map(formatLockfile);
    for (const writes of [1, 2, 4]) {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', fileURLToPath(new URL('writer.ts', import.meta.url)), path],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const exited = once(child, 'exit');
      for (let seen = 0; seen < writes; ) seen += ((await once(child.stdout, 'data'))[0] as Buffer).length;
      child.kill('SIGKILL');
      await exited;
      expect(wholes).toContain(readFileSync(path, 'utf8'));
    }
  });
});
