import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { ExitCode } from '../../src/core/exit-code.ts';
import { UserError } from '../../src/core/problem.ts';
import { type RepositoryFiles, repositoryFiles } from '../../src/core/repository-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let root: string;
let outside: string;
let files: RepositoryFiles;

beforeEach(() => {
  root = temporaryDirectory().path;
  outside = temporaryDirectory().path;
  files = repositoryFiles(root, 'render');
  mkdirSync(join(root, 'sync'));
  writeFileSync(join(root, 'sync/a.yaml'), 'inside');
  writeFileSync(join(outside, 'secret'), 'outside');
});

async function refusal(work: Promise<unknown>): Promise<{ code?: string; value?: string; exitCode: number }> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error(`no UserError, but ${String(error)}`);
  const [{ code, value } = { code: undefined, value: undefined }] = error.problems;
  return { ...(code && { code }), ...(value && { value }), exitCode: error.exitCode };
}

describe('files of a mirror repository', () => {
  test('are read, listed, written and removed', async () => {
    expect(await files.read('sync/a.yaml')).toBe('inside');
    expect(await files.read('sync/b.yaml')).toBeUndefined();
    expect(await files.read('nowhere/b.yaml')).toBeUndefined();
    expect(await files.list('nowhere')).toEqual([]);
    await files.write('new/folder/c.yaml', 'written');
    expect(await files.list('new/folder')).toEqual(['c.yaml']);
    await files.write('sync/b.yaml', 'more');
    expect(await files.list('sync')).toEqual(['a.yaml', 'b.yaml']);
    await files.remove('sync/a.yaml');
    await files.remove('sync/a.yaml');
    expect(readdirSync(join(root, 'sync'))).toEqual(['b.yaml']);
  });

  test('may stand in a repository that is reached over a link', async () => {
    symlinkSync(root, join(outside, 'link'));
    const linked = repositoryFiles(join(outside, 'link'), 'render');
    expect(await linked.read('sync/a.yaml')).toBe('inside');
    await linked.write('sync/a.yaml', 'changed');
    expect(readFileSync(join(root, 'sync/a.yaml'), 'utf8')).toBe('changed');
  });

  test('are not directories, and have an end', async () => {
    mkdirSync(join(root, 'sync/b.yaml'));
    for (const work of [
      () => files.read('sync/b.yaml'),
      () => files.write('sync/b.yaml', ''),
      () => files.remove('sync/b.yaml'),
    ]) {
      expect(await refusal(work())).toMatchObject({ code: 'render/not-a-file', value: 'sync/b.yaml' });
    }
    writeFileSync(join(root, 'sync/c.yaml'), Buffer.alloc(16 * 1024 * 1024 + 1));
    expect(await refusal(files.read('sync/c.yaml'))).toMatchObject({ code: 'render/too-large' });
  });
});

describe('a symbolic link that a pull request planted is neither shown, nor written, nor removed', () => {
  test.each([
    [
      'in place of a file',
      () => symlinkSync(join(outside, 'secret'), join(root, 'sync/x.yaml')),
      'sync/x.yaml',
      'sync/x.yaml',
    ],
    [
      'that leads nowhere yet',
      () => symlinkSync(join(outside, 'new'), join(root, 'sync/x.yaml')),
      'sync/x.yaml',
      'sync/x.yaml',
    ],
    ['within the repository', () => symlinkSync('a.yaml', join(root, 'sync/x.yaml')), 'sync/x.yaml', 'sync/x.yaml'],
    ['in place of the folder', () => symlinkSync(outside, join(root, 'out')), 'out/secret', 'out'],
    ['on the way', () => symlinkSync(outside, join(root, 'out')), 'out/deep/down.yaml', 'out'],
  ])('%s', async (_, plant, path, link) => {
    plant();
    const refused = { code: 'render/symbolic-link', value: link, exitCode: ExitCode.usage };
    expect(await refusal(files.read(path))).toEqual(refused);
    expect(await refusal(files.write(path, 'overwritten'))).toEqual(refused);
    expect(await refusal(files.remove(path))).toEqual(refused);
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('outside');
    expect(readFileSync(join(root, 'sync/a.yaml'), 'utf8')).toBe('inside');
  });

  test('in place of a folder that is listed', async () => {
    symlinkSync(outside, join(root, 'out'));
    expect(await refusal(files.list('out'))).toMatchObject({ code: 'render/symbolic-link', value: 'out' });
  });
});

describe('promise 6: a file is replaced whole or not at all', () => {
  test('when it cannot be written the old one stays, and the error says why', async () => {
    // The longest name that may be: the temporary file beside it, whose name is longer, cannot be made.
    const path = `sync/${'n'.repeat(255)}`;
    writeFileSync(join(root, path), 'old');
    expect(await refusal(files.write(path, 'new'))).toMatchObject({
      code: 'render/unwritable',
      exitCode: ExitCode.failed,
    });
    expect(readFileSync(join(root, path), 'utf8')).toBe('old');
    expect(readdirSync(join(root, 'sync'))).toHaveLength(2);
  });

  test.skipIf(process.getuid?.() === 0)('in a folder that may not be written', async () => {
    chmodSync(join(root, 'sync'), 0o555);
    expect(await refusal(files.write('sync/a.yaml', 'new'))).toMatchObject({ code: 'render/unwritable' });
    expect(await refusal(files.remove('sync/a.yaml'))).toMatchObject({ code: 'render/unwritable' });
    expect(readFileSync(join(root, 'sync/a.yaml'), 'utf8')).toBe('inside');
    chmodSync(join(root, 'sync'), 0o755);
  });

  test('where a file is on the way', async () => {
    expect(await refusal(files.write('sync/a.yaml/b.yaml', 'new'))).toMatchObject({ code: 'render/unreadable' });
  });
});
