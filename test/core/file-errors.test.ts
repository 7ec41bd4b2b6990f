import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeOf, ifThere, makeFolder } from '../../src/core/file-errors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-errors-'));
  await writeFile(join(folder, 'file'), 'text');
});
afterAll(() => rm(folder, { recursive: true }));

const read = (...names: string[]) => ifThere(() => readFile(join(folder, ...names), 'utf8'));

it('a file that is there is read, one that is absent gives undefined, also below something that is no folder', async () => {
  expect(await read('file')).toBe('text');
  expect(await read('other')).toBeUndefined();
  expect(await read('file', 'below')).toBeUndefined();
});

it('any other error is thrown, unless its code means the same to the caller', async () => {
  await expect(read('.')).rejects.toSatisfy((error) => codeOf(error) === 'EISDIR');
  expect(await ifThere(() => readFile(folder), ['EISDIR'])).toBeUndefined();
  await expect(ifThere(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
});

it('the code of an error is that of the system', () => {
  expect(codeOf(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
  expect(codeOf(Object.assign(new Error('x'), { code: 7 }))).toBeUndefined();
  expect(codeOf({ code: 'ENOENT' })).toBeUndefined();
});

it('a folder is made with those above it, and where it cannot be the error is of the folder that refuses', async () => {
  await makeFolder(join(folder, 'one', 'two'));
  await makeFolder(join(folder, 'one', 'two'));
  expect((await stat(join(folder, 'one', 'two'))).isDirectory()).toBe(true);
  await expect(makeFolder(join(folder, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await symlink(join(folder, 'nowhere', 'at-all'), join(folder, 'dangling'));
  await expect(makeFolder(join(folder, 'dangling'))).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
});

it.runIf(existsSync('/proc/self'))('a folder that a file system refuses to make is an end, not a loop', async () => {
  await expect(makeFolder('/proc/one/two/three')).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
});
