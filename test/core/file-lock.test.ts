import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isLocked, withFileLock } from '../../src/core/file-lock.ts';

const options = { staleAfter: 60_000, waitBetween: 1 };
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-lock-'));
  path = join(folder, 'file');
});
afterEach(() => rm(folder, { recursive: true }));

it('one work at a time holds the lock, and all have their turn', async () => {
  let inside = 0;
  const most: number[] = [];
  const work = async () => {
    inside += 1;
    most.push(inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withFileLock(path, options, work)));
  expect(most).toEqual([1, 1, 1]);
});

it('gives what the work gives, and releases the lock where the work throws', async () => {
  const failing = withFileLock(path, options, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(await withFileLock(path, { ...options, retries: 0 }, async () => 7)).toBe(7);
});

it('gives up after the retries, with the error that the caller makes of it', async () => {
  const release = await lock(path, { realpath: false });
  const waiting = { ...options, retries: 2 };
  await expect(withFileLock(path, waiting, async () => 7)).rejects.toSatisfy(isLocked);
  const failure = (error: unknown) => (isLocked(error) ? new Error('in use') : error);
  await expect(withFileLock(path, { ...waiting, failure }, async () => 7)).rejects.toThrow('in use');
  await release();
});

it('waits until the signal ends it', async () => {
  const release = await lock(path, { realpath: false });
  const stop = new AbortController();
  const waiting = withFileLock(path, { ...options, signal: stop.signal }, async () => 7);
  stop.abort();
  await expect(waiting).rejects.toThrow('aborted');
  await release();
});

it('takes over the lock of a process that died', async () => {
  const died = await lock(path, { realpath: false, update: 60_000 * 60, stale: 60_000 * 120 });
  await utimes(`${path}.lock`, new Date(0), new Date(0));
  expect(await withFileLock(path, { ...options, retries: 0 }, async () => 7)).toBe(7);
  await died().catch(() => {});
});
